import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type FunctionPool, type FunctionPoolOptions, startFunctions } from '../../../local/functions/pool.ts'
import { FakeClock } from '../../support/fake-clock.ts'

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'functions-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The lines that functions print, to be waited for. */
export class Lines {
  readonly all: string[] = []
  #waiting = new Set<() => void>()

  add = (line: string): void => {
    this.all.push(line)
    for (const look of this.#waiting) look()
  }

  /** Resolves when `count` lines contain the text. */
  seen(text: string, count = 1): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (this.all.filter(line => line.includes(text)).length < count) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

export interface TestPool extends FunctionPool {
  lines: Lines
  clock: FakeClock
  /** The file of the `$default` handler. */
  file: string
}

const plain = 'export const handler = async () => ({ statusCode: 200 })'

/** A pool whose `$default` is the given module source; the other two only answer 200. */
export async function testPool(
  source: string,
  options: Partial<FunctionPoolOptions> = {},
): Promise<TestPool> {
  const folder = await temporaryFolder()
  const file = join(folder, 'default.mjs')
  const other = join(folder, 'other.mjs')
  await Promise.all([writeFile(file, source), writeFile(other, plain)])
  const lines = new Lines()
  const clock = new FakeClock()
  const pool = await startFunctions({
    handlers: { $connect: other, $default: file, $disconnect: other },
    env: {},
    log: lines.add,
    clock,
    ...options,
  })
  onTestFinished(() => pool.stop())
  return { ...pool, lines, clock, file }
}
