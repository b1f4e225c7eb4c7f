import type { SessionWrite } from '../history/session-write.ts'
import type { Violation } from './violation.ts'

/** One worker's time with a session. */
interface Tenure {
  /** The access key of its process. */
  readonly by: string
  readonly owner: string
  readonly epoch: number
}

/** A session by what the store has taken. */
interface Session {
  readonly user: string
  /** None: its row is deleted. */
  readonly tenure: Tenure | undefined
  readonly past: readonly Tenure[]
}

/** A write, and the session as it met it. */
interface Meeting {
  readonly write: SessionWrite
  readonly met: Session | undefined
}

/**
 * Taken by the store, though by then the session was another worker's, or nobody's, or in a later epoch. A claim must begin
 * the very next epoch: whoever makes it knows the one before. `refused`: what former owners wanted to write after the session
 * was another's, and could not.
 */
export function judgeSessionWrites(writes: readonly SessionWrite[]): {
  violations: Violation[]
  refused: number
} {
  const meetings = meetingsOf(writes)
  return {
    violations: meetings.filter(meeting => meeting.write.taken && !isRightful(meeting)).map(staleWrite),
    refused: meetings.filter(meeting => !meeting.write.taken && isOfFormerOwner(meeting)).length,
  }
}

function meetingsOf(writes: readonly SessionWrite[]): Meeting[] {
  const sessions = new Map<string, Session>()
  return writes.map(write => {
    const met = sessions.get(write.session)
    const left = write.taken ? after(write, met) : met
    if (left !== undefined) sessions.set(write.session, left)
    return { write, met }
  })
}

/** The session as a write leaves it that was taken. */
function after(write: SessionWrite, met: Session | undefined): Session | undefined {
  const past = met?.tenure === undefined ? (met?.past ?? []) : [...met.past, met.tenure]
  switch (write.kind) {
    case 'create':
    case 'claim': {
      const { by, owner, epoch } = write
      const user = write.kind === 'create' ? write.user : (met?.user ?? 'nobody')
      return { user, tenure: { by, owner, epoch }, past }
    }
    case 'change':
      return met
    case 'delete':
      return met && { ...met, tenure: undefined, past }
  }
}

function isRightful({ write, met }: Meeting): boolean {
  const tenure = met?.tenure
  switch (write.kind) {
    case 'create':
      return tenure === undefined
    case 'claim':
      return write.epoch - 1 === tenure?.epoch
    case 'change':
    case 'delete':
      return write.by === tenure?.by && (write.under ?? tenure.epoch) === tenure.epoch
  }
}

function isOfFormerOwner({ write, met }: Meeting): boolean {
  const owner = met?.tenure
  return owner !== undefined && owner.by !== write.by && met?.past.some(({ by }) => by === write.by) === true
}

const DONE = { create: 'made', claim: 'claimed', change: 'changed', delete: 'deleted' } as const

function staleWrite({ write, met }: Meeting): Violation {
  const { kind, by, session, at } = write
  const { user = 'nobody', tenure, past = [] } = met ?? {}
  const own = 'owner' in write ? write : past.findLast(former => former.by === by)
  const who = own === undefined ? by : `${by} (${own.owner}, epoch ${own.epoch})`
  const holder = tenure === undefined ? 'nobody' : `${tenure.by} (${tenure.owner}, epoch ${tenure.epoch})`
  const what = `${who} ${DONE[kind]} ${session} of ${user}, which was ${holder}'s`
  return { rule: 'stale-write', client: user, at, what }
}
