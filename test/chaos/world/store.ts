import { fileURLToPath } from 'node:url'
import { JobProcess } from '../../support/job-process.ts'
import { Overlap } from './overlap.ts'
import { jobs } from './store-jobs.ts'

const PROCESS = fileURLToPath(new URL('store-process.ts', import.meta.url))

export interface Throttle {
  /** The share of all that is asked which is refused, from 0 to 1. */
  readonly rate: number
}

/**
 * The local DynamoDB with all tables, in a process of its own: beside the gateway and the links, one thread would serve
 * everything that functions and workers ask for.
 */
export class Store {
  readonly port: number
  readonly #child: JobProcess<typeof jobs>
  readonly #throttles = new Overlap<Throttle>(({ rate }) => rate)

  private constructor(port: number, child: JobProcess<typeof jobs>) {
    this.port = port
    this.#child = child
  }

  /** What is written about sessions is written down in `sessionsFile`, as JSON lines. What is started ends with `lifetime`. */
  static async start(lifetime: AsyncDisposableStack, sessionsFile: string): Promise<Store> {
    const child = new JobProcess({ jobs, file: PROCESS, name: 'The process of the store' })
    lifetime.defer(() => child.stop())
    const { port } = await child.ask('start', { sessionsFile })
    return new Store(port, child)
  }

  /** While it fails, it answers all with InternalServerError. */
  async setFailing(failing: boolean): Promise<void> {
    await this.#child.ask('fail', { failing })
  }

  /** From now on it answers a share of all that is asked with ProvisionedThroughputExceededException. */
  async throttle(throttle: Throttle): Promise<void> {
    this.#throttles.begin(throttle)
    await this.#applyThrottle()
  }

  /** `throttle`: the very object that it was throttled with. */
  async unthrottle(throttle: Throttle): Promise<void> {
    this.#throttles.end(throttle)
    await this.#applyThrottle()
  }

  /** It answers all again. */
  async heal(): Promise<void> {
    this.#throttles.clear()
    await Promise.all([this.setFailing(false), this.#applyThrottle()])
  }

  /** Writes by table since the start, without those that were answered with an error of ours. */
  async countWrites(): Promise<Readonly<Record<string, number>>> {
    return (await this.#child.ask('count', {})).writes
  }

  async #applyThrottle(): Promise<void> {
    await this.#child.ask('throttle', { rate: this.#throttles.strongest?.rate ?? 0 })
  }
}
