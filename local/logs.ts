import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { jsonOrNothing } from './json.ts'

/** Below warnings everything goes to the files only. Workers log pino's numbers, functions its names. */
const warning = z.union([z.int().check(z.minimum(40)), z.enum(['warn', 'error'])])

const warningLine = z.object({
  level: warning,
  msg: z.optional(z.string()),
  event: z.optional(z.string()),
  err: z.optional(z.object({ message: z.string() })),
  error: z.optional(z.string()),
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

/** The words of a structured line that is a warning or worse; undefined for any other line. */
export function warningIn(line: string): string | undefined {
  const parsed = warningLine.safeParse(jsonOrNothing(line))
  if (!parsed.success) return undefined
  const { msg, event, err, error } = parsed.data
  return [msg ?? event, err?.message ?? error].filter(part => part !== undefined).join(': ')
}
