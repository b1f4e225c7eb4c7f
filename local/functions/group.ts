import { Gate } from '../../shared/gate.ts'
import { Child, type ChildOptions } from './child.ts'
import { FunctionCrashed, FunctionThrottled } from './errors.ts'

export interface GroupOptions extends ChildOptions {
  /** Invokes at once, as Lambda counts them; one more is throttled. */
  maxConcurrency: number
  /** Processes at once: where Lambda would start one more environment, a laptop lets the invoke wait for its turn. */
  maxProcesses: number
}

/** The processes of one function: as many as run at once, kept warm afterwards. */
export class FunctionGroup {
  #options: GroupOptions
  #gate: Gate
  #concurrency = 0
  readonly #stopped = new AbortController()
  #children = new Set<Child>()
  #idle: Child[] = []
  /** Busy children with older code, which end after their invoke. */
  #retired = new Set<Child>()

  constructor(options: GroupOptions) {
    this.#options = options
    this.#gate = new Gate(options.maxProcesses)
  }

  /** Starts `count` processes; resolves when their modules are loaded. */
  async warm(count: number): Promise<void> {
    const children = Array.from({ length: Math.min(count, this.#options.maxProcesses) }, () => this.#start())
    this.#idle.push(...children)
    await Promise.all(children.map(child => child.ready))
  }

  /** Runs the function in an idle process or a new one; rejects with FunctionThrottled when too many run already. */
  async invoke(event: unknown): Promise<unknown> {
    const { functionName, maxConcurrency } = this.#options
    if (this.#concurrency >= maxConcurrency) throw new FunctionThrottled(functionName, maxConcurrency)
    this.#concurrency += 1
    try {
      return await this.#gate.run(() => this.#run(event))
    } finally {
      this.#concurrency -= 1
    }
  }

  /** From here on no invoke runs in a process that exists now. */
  retire(): void {
    for (const child of this.#idle) this.#kill(child)
    this.#idle = []
    this.#retired = new Set(this.#children)
  }

  /** Ends all processes; invokes that run reject with FunctionCrashed. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    const children = [...this.#children]
    this.#idle = []
    for (const child of children) this.#kill(child)
    await Promise.all(children.map(child => child.exited))
  }

  async #run(event: unknown): Promise<unknown> {
    if (this.#stopped.signal.aborted) throw new FunctionCrashed(this.#options.functionName, 'it was stopped')
    const child = this.#take()
    try {
      return await child.run(event)
    } finally {
      this.#giveBack(child)
    }
  }

  #take(): Child {
    const idle = this.#idle.findLast(child => !child.ended)
    if (idle === undefined) return this.#start()
    this.#idle = this.#idle.filter(child => child !== idle)
    return idle
  }

  #giveBack(child: Child): void {
    if (child.ended) return
    if (this.#retired.has(child)) this.#kill(child)
    else this.#idle.push(child)
  }

  #start(): Child {
    const child = new Child(this.#options)
    this.#children.add(child)
    // A failed load is told to whoever invokes or warms; nobody may be waiting for it.
    child.ready.catch(() => {})
    void child.exited.then(() => this.#forget(child))
    return child
  }

  #kill(child: Child): void {
    child.kill(new FunctionCrashed(this.#options.functionName, 'it was stopped'))
    this.#forget(child)
  }

  #forget(child: Child): void {
    this.#children.delete(child)
    this.#retired.delete(child)
    this.#idle = this.#idle.filter(other => other !== child)
  }
}
