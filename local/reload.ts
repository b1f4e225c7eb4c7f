import { watch } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../shared/clock.ts'
import type { Stack } from './stack.ts'

/** Editors save in bursts; one reload answers them all. */
const QUIET_MS = 200

/** Loads changed code: new function processes, and new workers before the old ones drain. Returns what stops it. */
export function reloadOnSave(stack: Stack, say: (text: string) => void): () => Promise<void> {
  let cancel = () => {}
  const changed = (file: string | null) => {
    if (file !== null && !file.endsWith('.ts')) return
    cancel()
    cancel = systemClock.after(QUIET_MS, () => void reload(stack, say))
  }
  const watchers = ['functions', 'shared', 'worker'].map(folder =>
    watch(fileURLToPath(new URL(`../${folder}`, import.meta.url)), { recursive: true }, (_event, file) =>
      changed(file),
    ),
  )
  return async () => {
    cancel()
    for (const watcher of watchers) watcher.close()
  }
}

async function reload(stack: Stack, say: (text: string) => void): Promise<void> {
  stack.functions.reload()
  const old = stack.workers
  try {
    await Promise.all(old.map(() => stack.addWorker()))
    await Promise.all(old.map(worker => stack.retireWorker(worker)))
    say('Reloaded.')
  } catch (error) {
    say(`Not reloaded; the old workers go on. ${error instanceof Error ? error.message : String(error)}`)
  }
}
