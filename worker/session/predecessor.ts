import type { Handover } from '../../shared/handoff/schemas.ts'
import type { SyncUp } from '../../shared/wire/frames/session.ts'

/**
 * What the worker that had the session before may have done with the client's frames. Which of them it took is unknown until
 * its handover or the client tells; what it may have sent is suspect, and may not be sent a second time without a look.
 */
export class Predecessor {
  #known: boolean
  #suspectTo = 0

  /** `known`: true when there was none. */
  constructor(known: boolean) {
    this.#known = known
  }

  /** Whether it is known which frames it took. */
  get known(): boolean {
    return this.#known
  }

  /** What it may have sent ends here. */
  get suspectTo(): number {
    return this.#suspectTo
  }

  /**
   * The client has sent frames up to `sent`. False when that does not help: `epoch` is that of this worker, and a client that
   * had not heard of it may have sent more since to the one before.
   */
  tell({ sent, epoch: heardOf }: Pick<SyncUp, 'sent' | 'epoch'>, epoch: number): boolean {
    if (this.#known) return true
    if ((heardOf ?? epoch) < epoch) return false
    this.#suspectTo = sent
    this.#known = true
    return true
  }

  /** What it handed over; it may not have known about the one before it. */
  recall({ suspectTo, unknown }: Handover['up']): void {
    this.#known = unknown !== true
    this.#suspectTo = suspectTo ?? 0
  }

  /** The other way round. */
  handover(): Pick<Handover['up'], 'suspectTo' | 'unknown'> {
    return { suspectTo: this.#suspectTo, ...(!this.#known && { unknown: true }) }
  }
}
