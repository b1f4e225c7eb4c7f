import { within, type Clock } from '../shared/clock.ts'
import type { ClaimOutcome } from '../shared/handoff/outcomes.ts'
import type { Handover } from '../shared/handoff/schemas.ts'
import type { Tenure } from '../shared/stores/sessions.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Logger } from './log.ts'
import type { Peers } from './peers.ts'
import type { Tenures } from './sessions-api.ts'

/** `POST /sessions/{id}/claim` */
export type Offer = (peer: WorkerRow, tenure: Tenure, handover: Handover) => Promise<ClaimOutcome>

/** Offers one session to its peers; true when this worker is done with it. */
export type Give = Parameters<Tenures['handOver']>[1]

export interface GivingOptions {
  readonly tenures: Pick<Tenures, 'handOver'>
  readonly clock: Clock
  readonly log: Logger
}

/** Flushing what waits for a slow socket, and an answer of a peer (3 s); a session that takes longer hangs. */
const ONE_WITHIN_MS = 15_000

/**
 * Offers a session to one peer after the other. claimed: one of them holds it · unanswered: one of them may hold it now, so
 * this worker must not · nobody: it is still this worker's.
 */
export async function offerInTurn(
  peers: Peers,
  offer: (peer: WorkerRow) => Promise<ClaimOutcome>,
): Promise<'claimed' | 'unanswered' | 'nobody'> {
  for (let peer = peers.next(); peer !== undefined; peer = peers.next()) {
    const outcome = await offer(peer)
    switch (outcome.kind) {
      case 'claimed':
        return 'claimed'
      case 'unanswered':
        peers.strike(peer)
        return 'unanswered'
      case 'unreachable':
        peers.strike(peer)
        break
      case 'not-claimed':
        peers.full(peer)
    }
  }
  return 'nobody'
}

/** See Tenures.handOver. False: it hangs, and has not come to an end within 15 s. Never rejects. */
export async function handOverInTime(
  { tenures, clock, log }: GivingOptions,
  sessionId: string,
  give: Give,
): Promise<boolean> {
  let ended = false
  const work = tenures.handOver(sessionId, give).then(() => (ended = true))
  await within(clock, ONE_WITHIN_MS, work)
  if (!ended) log.warn({ sessionId }, 'a session could not be handed over in time')
  return ended
}
