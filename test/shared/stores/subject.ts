import { beforeEach, describe } from 'vitest'
import type { Accounts } from '../../../shared/stores/accounts.ts'
import type { Attempts } from '../../../shared/stores/attempts.ts'
import type { Connections } from '../../../shared/stores/connections.ts'
import type { TableName } from '../../../shared/stores/definitions.ts'
import type { Sessions } from '../../../shared/stores/sessions.ts'
import { unixSeconds } from '../../../shared/stores/table.ts'
import type { Workers } from '../../../shared/stores/workers.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** One set of stores as the contract needs it; all on one clock. */
export interface StoresUnderTest {
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly workers: Workers
  readonly sessions: Sessions
  readonly connections: Connections
  /** Writes any row, past the port. */
  putRaw(table: TableName, row: Record<string, unknown>): Promise<void>
  /** What `list` left out, as messages. */
  readonly badRows: readonly string[]
}

/** `open` is asked before each test, with the clock to use. */
export type OpenStores = (clock: FakeClock) => StoresUnderTest

/** What one test works with. */
export interface Subject {
  readonly clock: FakeClock
  readonly stores: StoresUnderTest
  /** For rows of this test alone. */
  readonly key: string
  /** An expiry; `afterAMinute` lets it pass. */
  readonly inAMinute: () => number
  readonly afterAMinute: () => void
}

const MINUTE_S = 60
let tests = 0

/** A group of tests, each with stores of its own. `subject()` is that of the running one. */
export function describeWith(
  title: string,
  open: OpenStores,
  define: (subject: () => Subject) => void,
): void {
  describe(title, () => {
    let subject: Subject
    beforeEach(() => {
      const clock = new FakeClock()
      tests += 1
      subject = {
        clock,
        stores: open(clock),
        key: `t${tests}`,
        inAMinute: () => unixSeconds(clock.now()) + MINUTE_S,
        afterAMinute: () => clock.advance(MINUTE_S * 1000),
      }
    })
    define(() => subject)
  })
}
