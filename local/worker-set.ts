import { systemClock as clock } from '../shared/clock.ts'
import { startWorkerProcess, type WorkerProcess } from './workers.ts'

export interface WorkerSetOptions {
  readonly env: Readonly<Record<string, string>>
  /** Takes each line that a worker prints. */
  readonly log: (line: string) => void
  /** A worker ended and nobody had asked it to. */
  readonly onLost: (worker: WorkerProcess, exitCode: number | null) => void
}

/** As long as ECS gives a worker: its stopTimeout. */
const DRAIN_WITHIN_MS = 120_000
/** Where all stop there is nobody to hand a session to; one that looks for somebody all the same is cut short. */
const STOP_WITHIN_MS = 1500

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

  /** Stops a worker that others stand in for: it may take its time to hand its sessions over. */
  async retire(worker: WorkerProcess): Promise<void> {
    this.#running.delete(worker)
    await worker.stop(DRAIN_WITHIN_MS)
  }

  /** Stops all at once, so that none hands its sessions to another that stops as well. */
  async stop(): Promise<void> {
    const workers = this.running
    this.#running.clear()
    await Promise.all(workers.map(worker => worker.stop(STOP_WITHIN_MS)))
  }
}
