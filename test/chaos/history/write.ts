import type { Entry, Note } from './entry.ts'
import { machineMs } from './clock.ts'
import { LineFile } from './lines.ts'

/** Takes what one client did. */
export type Record = (note: Note) => void

/** What the clients of one process did. */
export class HistoryFile {
  readonly #lines: LineFile

  constructor(path: string) {
    this.#lines = new LineFile(path)
  }

  of(client: string): Record {
    return note => {
      const entry: Entry = { at: machineMs(), wall: Date.now(), client, ...note }
      this.#lines.write(entry)
    }
  }

  close(): void {
    this.#lines.close()
  }
}
