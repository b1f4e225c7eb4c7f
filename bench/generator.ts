import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock as clock } from '../shared/clock.ts'
import { jobs, reply, type Input, type JobName, type Output, type Request } from './protocol.ts'

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

/** Longer than the longest job takes on a machine that is busy with other things; what takes longer is stuck. */
const JOB_WITHIN_MS = 120_000

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The load generator could not do what it was asked for. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed'
}

/** A process that makes load, so that its work is neither the bridge's nor the worker's. */
export class Generator {
  readonly #process: ChildProcess
  readonly #exited: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  constructor() {
    this.#process = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#process.on('message', message => this.#hear(message))
    this.#exited = new Promise(resolve => {
      this.#process.once('exit', () => {
        for (const waiting of this.#waiting.values())
          waiting.reject(new LoadFailed('The load generator ended.'))
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** @throws LoadFailed when the job fails, takes too long, or the process has ended. */
  async ask<Name extends JobName>(job: Name, input: Input<Name>): Promise<Output<Name>> {
    const id = (this.#asked += 1)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const late = () => reject(new LoadFailed(`The job ${job} did not end within ${JOB_WITHIN_MS / 1000} s.`))
    const cancel = clock.after(JOB_WITHIN_MS, late)
    this.#waiting.set(id, { resolve, reject })
    const request: Request = { id, job, input }
    this.#process.send(request, error => error && reject(new LoadFailed(error.message, { cause: error })))
    try {
      return jobs[job].output.parse(await promise) as Output<Name>
    } finally {
      cancel()
      this.#waiting.delete(id)
    }
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  #hear(message: unknown): void {
    const heard = reply.parse(message)
    const waiting = this.#waiting.get(heard.id)
    if (heard.outcome === 'done') waiting?.resolve(heard.value)
    else waiting?.reject(new LoadFailed(heard.message))
  }
}
