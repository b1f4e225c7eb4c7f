import { closeSync, openSync, writeSync } from 'node:fs'
import type { Entry, Note } from './entry.ts'
import { machineMs } from './clock.ts'

/** Takes what one client did. */
export type Record = (note: Note) => void

/**
 * A file of one JSON line per entry. Each is written before the call returns: a process that is killed has told all it
 * did, and the kernel keeps it.
 */
export class HistoryFile {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  of(client: string): Record {
    return note => {
      const entry: Entry = { at: machineMs(), wall: Date.now(), client, ...note }
      writeSync(this.#file, `${JSON.stringify(entry)}\n`)
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}
