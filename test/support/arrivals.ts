/** What arrives, in order, and given out in order: a queue that a test can wait at. */
export class Arrivals<T> {
  readonly #what: string
  readonly #reader: ReadableStreamDefaultReader<T>
  #controller: ReadableStreamDefaultController<T> | undefined

  /** `what` names an item when there are no more. */
  constructor(what: string) {
    this.#what = what
    const stream = new ReadableStream<T>({ start: controller => void (this.#controller = controller) })
    this.#reader = stream.getReader()
  }

  push(item: T): void {
    this.#controller?.enqueue(item)
  }

  /** Nothing more will come. What came can still be taken. */
  close(): void {
    this.#controller?.close()
    this.#controller = undefined
  }

  /** The next item. Rejects when there will be none. */
  async next(): Promise<T> {
    const { done, value } = await this.#reader.read()
    if (done) throw new Error(`There is no other ${this.#what}: the connection ended`)
    return value
  }
}
