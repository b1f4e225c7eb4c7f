import { setPresence, type SetPresence } from '../../shared/wire/frames/presence.ts'
import type { ResumeState } from '../xmpp/stream.ts'
import { resumptionOf } from './access.ts'
import { attachedTo, detachedSince, inheriting, type Attachment } from './attachment.ts'
import { Conversation } from './conversation.ts'
import type { Delivery, DeliveryPort } from './delivery.ts'
import type { SessionDeps, SessionStart } from './deps.ts'
import { writeDown, type Parts } from './farewell.ts'
import type { Line } from './line.ts'
import { Link, type LinkOptions } from './link.ts'
import { Persistence, PERSISTENCE } from './persistence.ts'
import { SessionRecord } from './record.ts'
import { SequencedDelivery } from './sequenced-delivery.ts'
import { SimpleDelivery } from './simple-delivery.ts'
import { ROW_LAG_MS, Sockets } from './sockets.ts'
import { adopted, type SessionState } from './state.ts'
import { wireLimitsOf } from './welcome.ts'

/** What the parts tell their session. */
export interface PartsPort extends Pick<LinkOptions, 'hear' | 'closed'> {
  readonly line: Line
  readonly delivery: DeliveryPort
  /** Whether the XMPP server has an archive, as far as is known. */
  readonly archive: () => boolean
  /** There is a socket, when there was none. */
  readonly attached: () => void
  /** The last socket is gone. */
  readonly detached: () => void
  /** And no other has followed it at once. */
  readonly absent: () => void
  /** There was none for too long. */
  readonly expired: () => void
  /** Another worker holds the session. */
  readonly lost: () => void
}

/** The life that a session begins. */
export function firstState({ clock }: SessionDeps, { from }: SessionStart): SessionState {
  return from.kind === 'join' ? { phase: 'opening' } : adopted(clock.monotonic())
}

/** The parts of a session, as it begins. */
export function makeParts(deps: SessionDeps, start: SessionStart, port: PartsPort): Parts {
  const { clock, rows, fence, hangUp } = deps
  const { mode } = start.row
  const record = new SessionRecord({ rows, clock, onLost: port.lost, fenced: () => !fence.open }, start.row)
  const conversation = makeConversation(deps, start, { line: port.line, record })
  const link = makeLink(deps, start, { ...port, acknowledged: count => conversation.acknowledged(count) })
  const guarded = guard(deps, () => sockets)
  const delivery = makeDelivery(guarded, start, { ...port, record })
  const persistence = makePersistence(deps, start, { record, link, delivery })
  const sockets: Sockets = new Sockets(
    {
      clock,
      fence,
      hangUp,
      record,
      keepMs: mode === 'simple' ? deps.simpleKeepMs : deps.keepMs,
      onAttached: port.attached,
      // A simple client is found again by its row, at any worker, as soon as its socket is gone.
      rowLagMs: mode === 'simple' ? 0 : ROW_LAG_MS,
      onDetached: port.detached,
      onAbsent: () => {
        port.absent()
        void writeDown({ persistence, record })
      },
      onAway: away => conversation.setAway(away),
      onExpired: port.expired,
    },
    firstAttachment(deps, start),
  )
  return { record, link, conversation, delivery, persistence, sockets }
}

/** Whatever goes wrong elsewhere: nothing is pushed to a socket that may be another session's, and nobody closes it. */
function guard(deps: SessionDeps, sockets: () => Pick<Sockets, 'mayReach' | 'isInDoubt'>): SessionDeps {
  const { post, hangUp } = deps
  return {
    ...deps,
    post: async (connectionId, data) =>
      (await sockets().mayReach(connectionId)) ? post(connectionId, data) : 'fenced',
    hangUp: async connectionId => {
      if (!sockets().isInDoubt(connectionId)) await hangUp(connectionId)
    },
  }
}

function makeLink(
  deps: SessionDeps,
  start: SessionStart,
  { hear, closed, acknowledged }: Pick<LinkOptions, 'hear' | 'acknowledged' | 'closed'>,
): Link {
  const { target, logins, fence, clock, trace, log, streamLimits: limits } = deps
  const { resource, credential } = start
  const { sessionId } = start.row
  const resume = firstResumption(start)
  const own = { resource, credential, resume, sessionId, hear, closed, acknowledged }
  return new Link({ target, logins, fence, clock, trace, log, limits, ...own })
}

function makeConversation(
  deps: SessionDeps,
  start: SessionStart,
  { line, record }: { readonly line: Line; readonly record: SessionRecord },
): Conversation {
  const { clock, newId, features } = deps
  const { row, own } = start
  const limits = wireLimitsOf(row.mode, deps)
  const presence = firstPresence(start)
  const asking = row.requests
  const noteAsking = (addresses: readonly string[]) =>
    record.note({ requests: addresses.length === 0 ? undefined : [...addresses] })
  const known = { own, limits, mode: row.mode, presence, asking }
  return new Conversation({ clock, newId, features, ...known, noteAsking, line })
}

function makeDelivery(
  deps: SessionDeps,
  start: SessionStart,
  { delivery: port, archive, record }: Pick<PartsPort, 'delivery' | 'archive'> & { record: SessionRecord },
): Delivery {
  const { row, from } = start
  const connectionId = firstSocket(start)
  const handshake = from.kind === 'join' && from.handshake
  const { h, hole, lost } = { h: 0, hole: 0, lost: 0, ...row.resumption }
  if (row.mode === 'simple') {
    const welcomed = from.kind === 'adoption'
    return new SimpleDelivery(deps, port, { connectionId, handshake, welcomed, h })
  }
  const old = from.kind === 'join' ? undefined : { h, hole, lost, up: from.handover?.up }
  const place = () => ({ stream: record.row.stream, epoch: record.row.epoch })
  return new SequencedDelivery(deps, port, { connectionId, handshake, archive, place, adopted: old })
}

function makePersistence(
  { clock }: SessionDeps,
  { row }: SessionStart,
  { record, link, delivery }: Pick<Parts, 'record' | 'link' | 'delivery'>,
): Persistence {
  return new Persistence(
    {
      clock,
      policy: PERSISTENCE[row.mode],
      store: h => record.save({ resumption: resumptionOf(link.resumeState(), { h, ...delivery.missing }) }),
      tell: h => link.handled(h),
    },
    row.resumption?.h ?? 0,
  )
}

/** Of two in a row the newer, which is the first. */
function firstSocket({ row, from }: SessionStart): string | undefined {
  return from.kind === 'join' ? from.connectionId : row.sockets[0]?.connectionId
}

function firstAttachment({ clock }: SessionDeps, start: SessionStart): Attachment {
  const connectionId = firstSocket(start)
  const nowMs = clock.monotonic()
  if (connectionId !== undefined)
    return start.from.kind === 'join' ? attachedTo(connectionId, nowMs) : inheriting(connectionId, nowMs)
  const { detachedAt } = start.row
  return detachedSince(detachedAt === undefined ? 0 : Math.max(0, clock.now() - detachedAt), nowMs)
}

function firstResumption({ row, from }: SessionStart): ResumeState | undefined {
  if (from.kind === 'join' || row.resumption === undefined) return undefined
  const { hole: _hole, lost: _lost, ...point } = row.resumption
  const { acked, unacked } = from.handover?.outbound ?? { acked: 0, unacked: [] }
  return { ...point, jid: row.jid, acked, unacked }
}

function firstPresence({ row }: SessionStart): SetPresence | undefined {
  if (row.presence === undefined) return undefined
  const read = setPresence.safeParse(parsed(row.presence))
  return read.success ? read.data : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
