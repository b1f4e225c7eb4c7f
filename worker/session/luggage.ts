import type { Handover } from '../../shared/handoff/schemas.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import { bareJid, readAddress } from '../../shared/wire/jid.ts'
import type { ContactsPatch } from '../contacts.ts'
import type { View } from '../translate/effects.ts'
import { recallPresence, rememberPresence } from '../translate/presence.ts'
import { show } from '../translate/stanza.ts'
import { isText, type Outbox, type Outgoing, type Waiting } from './outbox.ts'
import { thaw } from './thaw.ts'

/** The conversation's part of a handover. */
export type Packed = Pick<Handover, 'presence' | 'seen' | 'requests'> &
  Required<Pick<Handover['outbound'], 'frames' | 'waiting'>>

type Unacked = Pick<Handover['outbound'], 'acked' | 'unacked'>

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

/** The other way round; after a crash there is nothing, and then all is unknown. */
export function unpack(from: Handover | undefined, view: View): Unpacked {
  const seen = (from?.seen ?? []).map(thaw).filter(stanza => stanza !== undefined)
  const turns = seen.map(stanza => recallPresence(stanza, view)).filter(turn => turn !== undefined)
  const asked = (from?.requests ?? []).flatMap((request): ContactsPatch[] => {
    const jid = readAddress(request.from, view.own.domain)
    return jid.ok ? [{ kind: 'asked', jid: bareJid(jid.value), status: request.status }] : []
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
