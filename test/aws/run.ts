import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asTable, succeeded, type Outcome } from './outcome.ts'

/** What one run stands on: a folder that is gone afterwards, and a lifetime that stops what was started. */
export interface Ground {
  readonly folder: string
  readonly lifetime: AsyncDisposableStack
}

/**
 * Runs against an emulator, prints the table, and ends the process: with 1 when something failed, 2 when the run itself did.
 * Ctrl-C stops what was started first.
 */
export async function runAndExit(title: string, run: (ground: Ground) => Promise<Outcome[]>): Promise<void> {
  const lifetime = new AsyncDisposableStack()
  let leaving: Promise<void> | undefined
  const leave = (code: number) =>
    (leaving ??= lifetime.disposeAsync().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(error)
        process.exit(2)
      },
    ))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void leave(130))
  try {
    const folder = await mkdtemp(join(tmpdir(), 'stanzagate-aws-'))
    lifetime.defer(() => rm(folder, { recursive: true, force: true }))
    const outcomes = await run({ folder, lifetime })
    console.log(`\n${asTable(title, outcomes)}`)
    await leave(succeeded(outcomes) ? 0 : 1)
  } catch (error) {
    console.error(error)
    await leave(2)
  }
}
