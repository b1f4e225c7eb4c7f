import { Child, type ChildOptions } from './child.ts'
import { FunctionCrashed, FunctionThrottled } from './errors.ts'

export interface GroupOptions extends ChildOptions {
  maxConcurrency: number
}

/** The processes of one function: as many as run at once, kept warm afterwards. */
export class FunctionGroup {
  #options: GroupOptions
  #children = new Set<Child>()
  #idle: Child[] = []
  /** Busy children with older code, which end after their invoke. */
  #retired = new Set<Child>()

  constructor(options: GroupOptions) {
    this.#options = options
  }

  /** Starts `count` processes; resolves when their modules are loaded. */
  async warm(count: number): Promise<void> {
    const children = Array.from({ length: Math.min(count, this.#options.maxConcurrency) }, () =>
      this.#start(),
    )
    this.#idle.push(...children)
    await Promise.all(children.map(child => child.ready))
  }

  /** Runs the function in an idle process or a new one; rejects with FunctionThrottled when there may be no more. */
  async invoke(event: unknown): Promise<unknown> {
    const child = this.#take()
    try {
      return await child.run(event)
    } finally {
      this.#giveBack(child)
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
    const children = [...this.#children]
    this.#idle = []
    for (const child of children) this.#kill(child)
    await Promise.all(children.map(child => child.exited))
  }

  #take(): Child {
    const idle = this.#idle.findLast(child => !child.ended)
    if (idle) {
      this.#idle = this.#idle.filter(child => child !== idle)
      return idle
    }
    const { functionName, maxConcurrency } = this.#options
    if (this.#children.size >= maxConcurrency) throw new FunctionThrottled(functionName, maxConcurrency)
    return this.#start()
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
