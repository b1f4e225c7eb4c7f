import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { jsonOrNothing } from './json.ts'

/** pino's number for warnings; what is below goes to the files only. */
const WARN = 40

const logLine = z.object({
  level: z.number(),
  msg: z.optional(z.string()),
  err: z.optional(z.object({ message: z.string() })),
})

/** What the parts print: everything into `logs/` in the data folder, warnings on the terminal too. */
export class Logs {
  readonly #dir: string
  readonly #trace: boolean
  readonly #files = new Map<string, WriteStream>()

  private constructor(dir: string, trace: boolean) {
    this.#dir = dir
    this.#trace = trace
  }

  static async open(dataDir: string, trace: boolean): Promise<Logs> {
    const dir = join(dataDir, 'logs')
    await mkdir(dir, { recursive: true })
    return new Logs(dir, trace)
  }

  readonly write = (part: string, line: string): void => {
    this.#file(part).write(`${line}\n`)
    const shown = this.#trace && part !== 'prosody' ? line : warningIn(line)
    if (shown !== undefined) console.error(`${part}: ${shown}`)
  }

  #file(part: string): WriteStream {
    const open = this.#files.get(part)
    if (open !== undefined) return open
    const file = createWriteStream(join(this.#dir, `${part}.log`), { flags: 'a', mode: 0o600 })
    this.#files.set(part, file)
    return file
  }
}

/** The words of a structured line that is a warning or worse. */
function warningIn(line: string): string | undefined {
  const parsed = logLine.safeParse(jsonOrNothing(line))
  if (!parsed.success || parsed.data.level < WARN) return undefined
  const { msg = '', err } = parsed.data
  return err === undefined ? msg : `${msg}: ${err.message}`
}
