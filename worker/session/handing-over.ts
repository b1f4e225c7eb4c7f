import { within } from '../../shared/clock.ts'
import type { Handover } from '../../shared/handoff/schemas.ts'
import type { Tenure } from '../../shared/stores/sessions.ts'
import type { SessionDeps } from './deps.ts'
import type { Parts } from './farewell.ts'

/** Offers a session to another worker; true when this one is done with it. */
export type Give = (tenure: Tenure, handover: Handover) => Promise<boolean>

/** What is on its way to the socket, and a write of the row, may take so long; the successor repeats what was not taken. */
const FLUSH_MS = 3000

/** Brings a session that takes, sends and hears nothing any more to rest, and gives it away. Never rejects. */
export async function giveAway(deps: SessionDeps, parts: Parts, give: Give): Promise<boolean> {
  const { clock, log } = deps
  const { record, delivery, persistence, sockets } = parts
  if (sockets.attached) await within(clock, FLUSH_MS, delivery.flush())
  await within(clock, FLUSH_MS, persistence.flush())
  try {
    return await give(record.tenure, handoverOf(parts))
  } catch (cause) {
    log.warn({ err: cause, sessionId: record.row.sessionId }, 'a session could not be given away')
    return false
  }
}

function handoverOf({ link, conversation, delivery }: Parts): Handover {
  const { acked, unacked } = link.resumeState() ?? { acked: 0, unacked: [] }
  const { frames, waiting, ...known } = conversation.handover()
  return { ...known, up: delivery.handover(), outbound: { acked, unacked: [...unacked], frames, waiting } }
}
