import type { Fault } from '../plan/fault.ts'

/** A fault that was due, in milliseconds of the machine's clock. */
export interface Strike {
  readonly fault: Fault
  readonly beginAt: number
  readonly endAt: number
  /** What became of it, when that is not plain: why it could not be made, or which worker it was. */
  readonly note?: string
  /** It could not be made, so nothing was shown. */
  readonly failed?: true
}
