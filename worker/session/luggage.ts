import type { Handover } from '../../shared/handoff/schemas.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import { bareJid, readAddress, type Jid } from '../../shared/wire/jid.ts'
import type { ContactsPatch, PresenceRequest } from '../contacts.ts'
import type { View } from '../translate/effects.ts'
import { recallPresence, rememberPresence } from '../translate/presence.ts'
import { show } from '../translate/stanza.ts'
import { isText, type Outbox, type Outgoing, type Waiting } from './outbox.ts'
import { thaw } from './thaw.ts'

/** The conversation's part of a handover. */
export type Packed = Pick<Handover, 'presence' | 'seen' | 'requests'> &
  Required<Pick<Handover['outbound'], 'frames' | 'waiting'>>

type Unacked = Pick<Handover['outbound'], 'acked' | 'unacked'>

/** People have one or two to answer. Strangers can make any number, of any length, and a write of a row costs by the KB. */
const MAX_ASKING = 20
const MAX_ASKING_UNITS = 1000

/** What the next process cannot learn from the XMPP server, `unacked` being the stanzas that it will send again on the stream. */
export function pack(
  view: View,
  presence: SetPresence | undefined,
  outbox: Pick<Outbox, 'sent' | 'waiting'>,
  { acked, unacked }: Unacked,
): Packed {
  const isCarried = (number: number) => unacked[number - acked - 1] !== undefined
  // Those of a stream that nobody can resume: whether the server has them is to be found out.
  const doubtful = outbox.sent.filter(([number]) => !isCarried(number))
  const waiting = doubtful.map(([, outgoing]) => ({ ...outgoing, suspect: isText(outgoing) }))
  return {
    presence,
    seen: rememberPresence(view).map(String),
    requests: [...view.contacts.requests()].map(({ jid, status }) => ({ from: show(jid, view.own), status })),
    frames: outbox.sent
      .filter(([number]) => isCarried(number))
      .map(([number, { frameId: id, seq }]) => ({ number, id, seq })),
    waiting: [...waiting, ...outbox.waiting].map(({ stanza, frameId: id, seq, suspect }) => ({
      stanza: stanza.toString(),
      id,
      seq,
      suspect,
    })),
  }
}

export interface Unpacked {
  readonly contacts: readonly ContactsPatch[]
  readonly presence: SetPresence | undefined
  readonly sent: readonly (readonly [number, Outgoing])[]
  readonly waiting: readonly Waiting[]
}

/** The other way round. After a crash there is nothing but who is `asking` by the row, and all presence is unknown. */
export function unpack(from: Handover | undefined, asking: readonly string[], view: View): Unpacked {
  const seen = (from?.seen ?? []).map(thaw).filter(stanza => stanza !== undefined)
  const turns = seen.map(stanza => recallPresence(stanza, view)).filter(turn => turn !== undefined)
  const requests: Handover['requests'] = from?.requests ?? asking.map(address => ({ from: address }))
  // What was heard since is newer.
  const heard = new Set([...view.contacts.requests()].map(({ jid }) => jid))
  const asked = requests.flatMap(({ from: address, status }): ContactsPatch[] => {
    const read = readAddress(address, view.own.domain)
    const jid = read.ok ? bareJid(read.value) : undefined
    return jid === undefined || heard.has(jid) ? [] : [{ kind: 'asked', jid, status }]
  })
  return {
    contacts: [{ kind: 'recalled', seen: turns }, ...asked],
    presence: from?.presence,
    sent: from === undefined ? [] : unpackSent(from.outbound),
    waiting: from === undefined ? [] : unpackWaiting(from.outbound),
  }
}

function unpackSent({ acked, unacked, frames }: Handover['outbound']): (readonly [number, Outgoing])[] {
  return frames.flatMap(({ number, id, seq }) => {
    const text = unacked[number - acked - 1]
    const stanza = text === undefined ? undefined : thaw(text)
    return stanza === undefined ? [] : [[number, { stanza, frameId: id, seq }] as const]
  })
}

function unpackWaiting({ waiting }: Handover['outbound']): Waiting[] {
  return (waiting ?? []).flatMap(({ stanza: text, id, seq, suspect }) => {
    const stanza = thaw(text)
    return stanza === undefined ? [] : [{ stanza, frameId: id, seq, suspect }]
  })
}

/** Of the open requests what the row keeps: the newest that there is room for, oldest first. */
export function askingForRow(requests: Iterable<PresenceRequest>, own: Jid): readonly string[] {
  let room = MAX_ASKING_UNITS
  const newest = [...requests].map(({ jid }) => show(jid, own)).slice(-MAX_ASKING)
  const end = newest.findLastIndex(address => (room -= address.length) < 0)
  return newest.slice(end + 1)
}
