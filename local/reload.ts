import { watch } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../shared/clock.ts'
import type { Stack } from './stack.ts'

/** Editors save in bursts; one reload answers them all. */
const QUIET_MS = 200

/** Reloads when code has changed on disk. Returns what stops it. */
export function reloadOnSave(onSave: () => Promise<void>): () => Promise<void> {
  let cancel = () => {}
  const changed = (file: string | null) => {
    if (file !== null && !file.endsWith('.ts')) return
    cancel()
    cancel = systemClock.after(QUIET_MS, () => void onSave())
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

type Reloaded = Pick<Stack, 'workers' | 'addWorker' | 'retireWorker'> & {
  readonly functions: Pick<Stack['functions'], 'reload'>
}

/**
 * Makes what loads changed code: new function processes, and new workers before the old ones drain. One call waits for the
 * one before, else each would replace the same workers. `reloaded` is told when the workers are new.
 */
export function reloader(stack: Reloaded, say: (text: string) => void, reloaded: () => Promise<void>) {
  let last = Promise.resolve()
  return (): Promise<void> => (last = last.then(() => reload(stack, say, reloaded)))
}

async function reload(
  stack: Reloaded,
  say: (text: string) => void,
  reloaded: () => Promise<void>,
): Promise<void> {
  stack.functions.reload()
  const old = stack.workers
  try {
    await Promise.all(old.map(() => stack.addWorker()))
    await Promise.all(old.map(worker => stack.retireWorker(worker)))
    await reloaded()
    say('Reloaded.')
  } catch (error) {
    say(`Not reloaded; the old workers go on. ${error instanceof Error ? error.message : String(error)}`)
  }
}
