/** Finding installed programs. Plain JavaScript, because set-up asks before anything is installed. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC_APPS = ['Chromium', 'Google Chrome'].map(app => `/Applications/${app}.app/Contents/MacOS/${app}`)

/** The file that a shell would run for this name, or undefined. */
export function findOnPath(program, env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter)
  return folders.map(folder => join(folder, program)).find(isExecutable)
}

/** The browser of the tests: the one that `CHROMIUM` names, else a Chromium or Chrome of this machine, else undefined. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM) return isExecutable(env.CHROMIUM) ? env.CHROMIUM : undefined
  const onPath = CHROMIUM_NAMES.map(name => findOnPath(name, env)).find(file => file !== undefined)
  return onPath ?? MAC_APPS.find(isExecutable)
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
