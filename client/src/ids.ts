import type { Clock } from '../../shared/clock.ts'

/** Makes ids that no other device makes, and knows its own again after a reload. */
export class Ids {
  readonly #clock: Clock
  readonly #random: () => number
  #device: string
  #count = 0

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#random = random
    this.#device = this.#digits(10)
  }

  get device(): string {
    return this.#device
  }

  /** This device has made ids under that name before. */
  rename(device: string): void {
    this.#device = device
  }

  next(): string {
    this.#count += 1
    return [this.#device, this.#clock.now(), this.#count, this.#digits(4)].join('-')
  }

  isOurs(id: string): boolean {
    return id.startsWith(`${this.#device}-`)
  }

  #digits(count: number): string {
    return Array.from({ length: count }, () => Math.floor(this.#random() * 36).toString(36)).join('')
  }
}
