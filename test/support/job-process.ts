import { fork, type ChildProcess } from 'node:child_process'
import * as z from 'zod/mini'
import { systemClock as clock } from '../../shared/clock.ts'

/** What a child process can be asked for, and what it answers; each side reads the other's words by these schemas. */
export type Jobs = Readonly<Record<string, { readonly input: z.ZodMiniType; readonly output: z.ZodMiniType }>>
export type JobName<Table extends Jobs> = keyof Table & string
export type Input<Table extends Jobs, Name extends JobName<Table>> = z.infer<Table[Name]['input']>
export type Output<Table extends Jobs, Name extends JobName<Table>> = z.infer<Table[Name]['output']>

/** Child to parent. */
const reply = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), id: z.int(), value: z.unknown() }),
  z.object({ outcome: z.literal('failed'), id: z.int(), message: z.string() }),
])
type Reply = z.infer<typeof reply>

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface JobProcessOptions<Table extends Jobs> {
  readonly jobs: Table
  /** Absolute path of the module that calls `serveJobs`. */
  readonly file: string
  /** What the process is, at the beginning of a sentence. */
  readonly name: string
  readonly execArgv?: string[]
  /** A job that takes longer has failed. Default: it may take as long as it takes. */
  readonly withinMs?: number
}

/** A child process could not do what it was asked for, or has ended. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed'
}

/** A child process that does jobs, as its parent sees it. */
export class JobProcess<Table extends Jobs> {
  readonly #options: JobProcessOptions<Table>
  readonly #process: ChildProcess
  readonly #exited: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  constructor(options: JobProcessOptions<Table>) {
    const { file, name, execArgv } = options
    this.#options = options
    this.#process = fork(file, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(execArgv && { execArgv }),
    })
    this.#process.on('message', message => this.#hear(message))
    this.#exited = new Promise(resolve => {
      this.#process.once('exit', code => {
        const error = new JobFailed(`${name} ended (${code ?? 'killed'}).`)
        for (const { reject } of this.#waiting.values()) reject(error)
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** @throws JobFailed when the job fails, takes too long, or the process has ended. */
  async ask<Name extends JobName<Table>>(job: Name, input: Input<Table, Name>): Promise<Output<Table, Name>> {
    const { jobs, withinMs } = this.#options
    const id = (this.#asked += 1)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const late = () => reject(new JobFailed(`The job ${job} did not end within ${withinMs} ms.`))
    const cancel = withinMs === undefined ? undefined : clock.after(withinMs, late)
    this.#waiting.set(id, { resolve, reject })
    this.#process.send(
      { id, job, input },
      error => error && reject(new JobFailed(error.message, { cause: error })),
    )
    try {
      return schemasOf(jobs, job).output.parse(await promise) as Output<Table, Name>
    } finally {
      cancel?.()
      this.#waiting.delete(id)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  async stop(): Promise<void> {
    this.signal('SIGKILL')
    await this.#exited
  }

  #hear(message: unknown): void {
    const heard = reply.parse(message)
    const waiting = this.#waiting.get(heard.id)
    if (heard.outcome === 'done') waiting?.resolve(heard.value)
    else waiting?.reject(new JobFailed(heard.message))
  }
}

export type Handlers<Table extends Jobs> = {
  readonly [Name in JobName<Table>]: (input: Input<Table, Name>) => Promise<Output<Table, Name>>
}

/** The child's side: does each job that the parent sends, side by side, and ends with the parent. */
export function serveJobs<Table extends Jobs>(jobs: Table, handlers: Handlers<Table>): void {
  /** Parent to child. */
  const request = z.object({
    id: z.int(),
    job: z.enum(Object.keys(jobs) as JobName<Table>[]),
    input: z.unknown(),
  })
  const answer = async (message: unknown): Promise<void> => {
    const { id, job, input } = request.parse(message)
    process.send?.(await outcomeOf(id, () => run(job, input)))
  }
  // The schema has read the input of this very job; the compiler cannot follow that over the index.
  const run = (job: JobName<Table>, input: unknown): Promise<unknown> =>
    handlers[job](schemasOf(jobs, job).input.parse(input) as Input<Table, JobName<Table>>)
  process.on('message', message => void answer(message))
  // The parent is gone, and with it whoever would use what comes out of this.
  process.on('disconnect', () => process.exit())
}

async function outcomeOf(id: number, work: () => Promise<unknown>): Promise<Reply> {
  try {
    return { outcome: 'done', id, value: await work() }
  } catch (error) {
    return { outcome: 'failed', id, message: String(error) }
  }
}

/** The table has each of its names. */
function schemasOf<Table extends Jobs>(jobs: Table, job: JobName<Table>): Table[JobName<Table>] {
  return jobs[job]
}
