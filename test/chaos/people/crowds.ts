import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { jobs, reply, type Input, type JobName, type Output, type Request } from './jobs.ts'

const PROCESS = fileURLToPath(new URL('process.ts', import.meta.url))

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A process of clients could not do what it was asked for, or has ended. */
export class CrowdFailed extends Error {
  override readonly name = 'CrowdFailed'
}

/** A process of clients, as its parent sees it. It can be frozen like a laptop whose lid is shut. */
export class CrowdProcess {
  readonly names: readonly string[]
  readonly #process: ChildProcess
  readonly #exited: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  constructor(names: readonly string[]) {
    this.names = names
    this.#process = fork(PROCESS, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: ['--enable-source-maps'],
    })
    this.#process.on('message', message => this.#hear(message))
    this.#exited = new Promise(resolve => {
      this.#process.once('exit', code => {
        const error = new CrowdFailed(`A process of clients ended (${code ?? 'killed'}).`)
        for (const { reject } of this.#waiting.values()) reject(error)
        resolve()
      })
    })
  }

  /** Waits as long as it takes: whoever is frozen answers afterwards. @throws CrowdFailed */
  async ask<Name extends JobName>(job: Name, input: Input<Name>): Promise<Output<Name>> {
    const id = (this.#asked += 1)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject })
    const message: Request = { id, job, input }
    this.#process.send(message, error => error && reject(new CrowdFailed(error.message, { cause: error })))
    try {
      return jobs[job].output.parse(await promise) as Output<Name>
    } finally {
      this.#waiting.delete(id)
    }
  }

  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  #hear(message: unknown): void {
    const heard = reply.parse(message)
    const waiting = this.#waiting.get(heard.id)
    if (heard.outcome === 'done') waiting?.resolve(heard.value)
    else waiting?.reject(new CrowdFailed(heard.message))
  }
}
