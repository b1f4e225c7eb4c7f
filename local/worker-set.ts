import { systemClock as clock } from '../shared/clock.ts'
import { startWorkerProcess, type WorkerProcess } from './workers.ts'

export interface WorkerSetOptions {
  readonly env: Readonly<Record<string, string>>
  /** Takes each line that a worker prints. */
  readonly log: (line: string) => void
  /** A worker ended and nobody had asked it to. */
  readonly onLost: (worker: WorkerProcess, exitCode: number | null) => void
}

/** The workers that run now, each a process with the same settings. */
export class WorkerSet {
  readonly #options: WorkerSetOptions
  readonly #running = new Set<WorkerProcess>()

  constructor(options: WorkerSetOptions) {
    this.#options = options
  }

  get running(): readonly WorkerProcess[] {
    return [...this.#running]
  }

  /** Starts one more; resolves when it is ready. */
  async add(): Promise<WorkerProcess> {
    const { env, log, onLost } = this.#options
    const worker = await startWorkerProcess({ env, log, clock })
    this.#running.add(worker)
    // One that was retired is not in the set any more.
    void worker.exited.then(code => this.#running.delete(worker) && onLost(worker, code))
    return worker
  }

  /** Drains a worker and stops it. */
  async retire(worker: WorkerProcess): Promise<void> {
    this.#running.delete(worker)
    await worker.stop()
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map(worker => this.retire(worker)))
  }
}
