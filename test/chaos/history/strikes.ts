import type { Fault } from '../plan/fault.ts'

/** A fault that took place, in milliseconds of the machine's clock. */
export interface Strike {
  readonly fault: Fault
  readonly beginAt: number
  readonly endAt: number
  /** What became of it, when that is not plain: it could not be done, or which worker it was. */
  readonly note?: string
}
