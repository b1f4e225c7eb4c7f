import { closeSync, openSync, writeSync } from 'node:fs'
import type * as z from 'zod/mini'

/** A history cannot be judged when a line of it is damaged: the run counts for nothing. */
export class BadHistory extends Error {
  override readonly name = 'BadHistory'
}

/**
 * A file of one JSON text per line. Each is written before the call returns: a process that is killed has told all it did,
 * and the kernel keeps it.
 */
export class LineFile {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** What the lines of a file say, in their order. @throws BadHistory, naming the line. */
export function parseLines<T>(schema: z.ZodMiniType<T>, text: string, name: string): T[] {
  return text
    .split('\n')
    .flatMap((line, at) => (line === '' ? [] : [parseLine(schema, line, `${name}:${at + 1}`)]))
}

function parseLine<T>(schema: z.ZodMiniType<T>, line: string, where: string): T {
  try {
    return schema.parse(JSON.parse(line))
  } catch (cause) {
    throw new BadHistory(`${where} is not an entry of a history`, { cause })
  }
}
