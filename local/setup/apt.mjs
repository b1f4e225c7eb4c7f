/** Installing with apt on Debian and Ubuntu, without starting the services of what is installed. */
import { existsSync, readFileSync } from 'node:fs'
import { run, say, withProgress } from './run.mjs'

/** invoke-rc.d asks this file whether a package may start its service; 101 means no (Debian Policy 9.3.3). */
const POLICY = '/usr/sbin/policy-rc.d'
const MARK = 'Written by local/setup.mjs of Stanzagate for the time of one installation.'

/** @returns whether it worked, and the last lines of apt when it did not */
export async function installWithApt({ title, apt }, service, sudo) {
  const asRoot = sudo ? ['sudo', '-n'] : []
  const aptGet = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=120',
  ]
  const install = [...aptGet, 'install', '-y', '--no-install-recommends', ...apt]
  const update = () =>
    withProgress('refreshing the package lists (apt-get update)', run([...aptGet, 'update']))
  const attempt = () => withProgress(`installing ${title} (apt-get install ${apt.join(' ')})`, run(install))

  const known = await run(['apt-cache', 'show', ...apt])
  if (!known.ok) await update()
  const policy = await blockServices(asRoot)
  try {
    const first = await attempt()
    if (first.ok || !known.ok) return first
    // Lists that are weeks old name files that the mirror no longer has.
    await update()
    return await attempt()
  } finally {
    if (policy === 'ours') await run([...asRoot, 'rm', '-f', POLICY])
    await keepFromBoot(asRoot, title, service)
  }
}

/** @returns 'ours' when the file is to be removed afterwards; one that somebody else wrote is never touched */
async function blockServices(asRoot) {
  if (existsSync(POLICY)) return readFileSync(POLICY, 'utf8').includes(MARK) ? 'ours' : 'theirs'
  const lines = ['#!/bin/sh', `# ${MARK}`, 'exit 101']
  const write = `set -C; printf '%s\\n' "$@" > ${POLICY} && chmod 755 ${POLICY}`
  const written = await run([...asRoot, 'sh', '-c', write, 'sh', ...lines])
  return written.ok ? 'ours' : 'theirs'
}

/** The package enables its service, which would take the port at the next boot; the stack here runs its own process. */
async function keepFromBoot(asRoot, title, service) {
  if (!existsSync('/run/systemd/system')) return
  const disabled = await run([...asRoot, 'systemctl', 'disable', service])
  if (disabled.ok)
    say(`the system service of ${title} stays off (sudo systemctl enable ${service} turns it on)`)
}
