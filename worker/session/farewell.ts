import { within } from '../../shared/clock.ts'
import { leaveCodes, type LeaveCode } from '../../shared/wire/codes.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { Conversation } from './conversation.ts'
import type { Delivery } from './delivery.ts'
import type { SessionDeps } from './deps.ts'
import type { Link } from './link.ts'
import type { Persistence } from './persistence.ts'
import type { SessionRecord } from './record.ts'
import type { Sockets } from './sockets.ts'
import { isLeaveCode, losesStream, type Ending } from './state.ts'

export interface Parts {
  readonly record: SessionRecord
  readonly link: Link
  readonly conversation: Conversation
  readonly delivery: Delivery
  readonly persistence: Persistence
  readonly sockets: Sockets
}

/** What is handled and what is noted is in the row, as far as it can be written. */
export async function writeDown({
  persistence,
  record,
}: Pick<Parts, 'persistence' | 'record'>): Promise<void> {
  await persistence.flush()
  await record.flush()
}

/** A client that does not read is not waited for when its session ends. */
const FAREWELL_MS = 3000
/** One that is too slow gets a part of what waits for it each time, so that it comes to an end. */
const SLOW_FAREWELL_MS = 10_000

/** In this order: what was pushed is taken and counted, then the stream is closed, then the rows go. */
export async function sayFarewell(
  deps: SessionDeps,
  parts: Parts,
  { why, id }: { readonly why: Exclude<Ending, 'lost'>; readonly id?: string | undefined },
): Promise<void> {
  const { record, link, conversation, delivery, persistence, sockets } = parts
  if (losesStream(why)) conversation.giveUp()
  conversation.end()
  // Who hears of it has a socket: to come back at once would only end another device of the same user.
  const code = why === 'evicted' ? 'replaced' : why
  if (isLeaveCode(code)) await sayWhy(deps, parts, code, id)
  const all = sockets.all
  delivery.stop()
  sockets.stop()
  persistence.finish()
  await link.goodbye()
  await record.release(all)
}

/** Another worker holds the session: nothing of it is touched, and nobody is told. */
export function vanish({ link, conversation, delivery, persistence, sockets }: Parts): void {
  conversation.end()
  delivery.stop()
  sockets.stop()
  persistence.stop()
  link.drop()
}

async function sayWhy(
  { clock, trace, hangUp }: SessionDeps,
  { record, delivery, sockets }: Parts,
  code: LeaveCode,
  id: string | undefined,
): Promise<void> {
  const frame: DownFrame = { messageType: 'LEAVE', id, code, message: leaveCodes[code].means }
  trace.frame('down', record.row.sessionId, frame)
  await within(clock, FAREWELL_MS, sockets.verify())
  if (!sockets.reachable) return
  await within(clock, code === 'too-slow' ? SLOW_FAREWELL_MS : FAREWELL_MS, delivery.finish(frame))
  await Promise.all(sockets.all.map(connectionId => hangUp(connectionId)))
}
