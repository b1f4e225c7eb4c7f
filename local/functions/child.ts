import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as z from 'zod/mini'
import { NODE_FLAGS } from '../../infra/bundle.ts'
import type { Clock } from '../../shared/clock.ts'
import { FunctionCrashed, FunctionTimedOut, HandlerFailed } from './errors.ts'
import type { ChildMessage, InvokeRequest } from './protocol.ts'

export interface ChildOptions {
  functionName: string
  modulePath: string
  /** The whole environment of the process. */
  env: NodeJS.ProcessEnv
  timeoutMs: number
  clock: Clock
  log: (line: string) => void
}

// The handler shares the channel with the runtime, so what comes out of it is outside data.
const childMessage: z.ZodMiniType<ChildMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('result'), value: z.unknown() }),
  z.object({
    kind: z.literal('error'),
    name: z.string(),
    message: z.string(),
    stack: z.optional(z.string()),
  }),
])

/** Lambda gives loading 10 s, or the function's own timeout when the load is part of an invoke. */
const INIT_TIMEOUT_MS = 10_000

interface Settle {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

type Life =
  | ({ phase: 'loading' } & Settle)
  | { phase: 'idle' }
  | ({ phase: 'busy' } & Settle)
  | { phase: 'ended'; why: Error }

/** One process of a function: loads the module, then runs one invoke at a time. */
export class Child {
  /** Resolves when the module has been loaded; rejects with FunctionCrashed or FunctionTimedOut. */
  readonly ready: Promise<unknown>
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>
  #options: ChildOptions
  #process: ChildProcess
  #life: Life

  constructor(options: ChildOptions) {
    this.#options = options
    this.#process = fork(join(import.meta.dirname, 'runtime.ts'), [options.modulePath], {
      env: options.env,
      execArgv: [...NODE_FLAGS],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#life = { phase: 'loading', resolve, reject }
    this.ready = this.#limited(promise, Math.max(INIT_TIMEOUT_MS, options.timeoutMs))
    this.exited = this.#observe()
  }

  get ended(): boolean {
    return this.#life.phase === 'ended'
  }

  /**
   * Runs the handler once; the caller must not call again before that has settled. Rejects with HandlerFailed,
   * FunctionCrashed or FunctionTimedOut.
   */
  async run(event: unknown): Promise<unknown> {
    await this.ready
    if (this.#life.phase === 'ended') throw this.#life.why
    const { functionName, timeoutMs } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#life = { phase: 'busy', resolve, reject }
    const request: InvokeRequest = { requestId: randomUUID(), functionName, timeoutMs, event }
    this.#process.send(request)
    return this.#limited(promise, timeoutMs)
  }

  /** Ends the process at once: a function keeps nothing that a signal would have it save. */
  kill(why: Error): void {
    this.#end(why)
    this.#process.kill('SIGKILL')
  }

  #observe(): Promise<void> {
    const { log, functionName } = this.#options
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', log)
    }
    this.#process.on('message', message => this.#hear(message))
    return new Promise(resolve => {
      const ended = (how: string) => {
        this.#end(new FunctionCrashed(functionName, how))
        resolve()
      }
      this.#process.on('error', error => ended(error.message))
      this.#process.once('exit', (code, signal) => ended(signal ?? `exit status ${code}`))
    })
  }

  #hear(message: unknown): void {
    const heard = childMessage.safeParse(message)
    if (!heard.success) return
    const life = this.#life
    if (life.phase !== 'loading' && life.phase !== 'busy') return
    this.#life = { phase: 'idle' }
    switch (heard.data.kind) {
      case 'ready':
        return life.resolve(undefined)
      case 'result':
        return life.resolve(heard.data.value)
      case 'error':
        return life.reject(new HandlerFailed(heard.data.name, heard.data.message, heard.data.stack))
    }
  }

  #limited(work: Promise<unknown>, limitMs: number): Promise<unknown> {
    const { clock, functionName } = this.#options
    const cancel = clock.after(limitMs, () => this.kill(new FunctionTimedOut(functionName, limitMs)))
    return work.finally(cancel)
  }

  #end(why: Error): void {
    const life = this.#life
    if (life.phase === 'ended') return
    this.#life = { phase: 'ended', why }
    if (life.phase !== 'idle') life.reject(why)
  }
}
