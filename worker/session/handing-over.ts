import { within } from '../../shared/clock.ts'
import { MAX_HANDOVER_BYTES, type Handover } from '../../shared/handoff/schemas.ts'
import type { Tenure } from '../../shared/stores/sessions.ts'
import { jsonBytes } from '../translate/text.ts'
import type { SessionDeps } from './deps.ts'
import { writeDown, type Parts } from './farewell.ts'

/** Offers a session to another worker; true when this one is done with it. */
export type Give = (tenure: Tenure, handover: Handover) => Promise<boolean>

/** What is on its way to the socket, and a write of the row, may take so long; the successor repeats what was not taken. */
const FLUSH_MS = 3000

/** Brings a session that takes, sends and hears nothing any more to rest, and gives it away. Never rejects. */
export async function giveAway(deps: SessionDeps, parts: Parts, give: Give): Promise<boolean> {
  const { clock, log } = deps
  const { record, delivery, sockets } = parts
  if (sockets.attached) await within(clock, FLUSH_MS, delivery.flush())
  await within(clock, FLUSH_MS, writeDown(parts))
  try {
    return await give(record.tenure, fitting(handoverOf(parts), MAX_HANDOVER_BYTES))
  } catch (cause) {
    log.warn({ err: cause, sessionId: record.row.sessionId }, 'a session could not be given away')
    return false
  }
}

function handoverOf({ link, conversation, delivery }: Parts): Handover {
  const { acked, unacked } = link.resumeState() ?? NOTHING_SENT
  const outbound = { acked, unacked: [...unacked] }
  const { frames, waiting, ...known } = conversation.handover(outbound)
  return { ...known, up: delivery.handover(), outbound: { ...outbound, frames, waiting } }
}

/**
 * As much of it as a peer takes: without the presence of contacts, which is unknown then, or without all that is found out as
 * after a crash too. Open requests always go along: a stream that is resumed does not bring them again, and 256 of them with
 * all that they may say are a fifth of what a peer takes.
 */
export function fitting(handover: Handover, maxBytes: number): Handover {
  const blind: Handover = { ...handover, seen: [] }
  const fits = [handover, blind].find(each => jsonBytes(each) <= maxBytes)
  return fits ?? { ...blind, up: { last: 0, acked: 0, ids: [], unknown: true }, outbound: NONE }
}

const NOTHING_SENT = { acked: 0, unacked: [] }
const NONE: Handover['outbound'] = { ...NOTHING_SENT, frames: [] }
