import { isOf, type Entry, type EntryOf } from '../history/entry.ts'
import { readKey } from '../history/key.ts'

/** Told by the bridge: the XMPP server has it. The later states say so too. */
const ACKNOWLEDGED = new Set(['sent', 'delivered', 'displayed'])

/** The whole way of one message, as the histories tell it. */
export interface Message {
  readonly key: string
  readonly from: string
  readonly to: string
  readonly number: number
  readonly sent: EntryOf<'send'>
  readonly acknowledgedAt: number | undefined
  /** The last word about it. */
  readonly state: string | undefined
  readonly everUnsure: boolean
  /** At its recipient, oldest first. */
  readonly displays: readonly EntryOf<'display'>[]
}

/** Each message that was sent, in the order of sending. */
export function messagesOf(history: readonly Entry[]): readonly Message[] {
  const states = Map.groupBy(history.filter(isOf('state')), line => line.key)
  const displays = Map.groupBy(history.filter(isOf('display')), line => line.key)
  return history.filter(isOf('send')).map(sent => {
    const told = (states.get(sent.key) ?? []).filter(line => line.client === sent.client)
    return {
      key: sent.key,
      from: sent.client,
      to: sent.to,
      number: readKey(sent.key)?.number ?? 0,
      sent,
      acknowledgedAt: told.find(line => ACKNOWLEDGED.has(line.state))?.at,
      state: told.at(-1)?.state,
      everUnsure: told.some(line => line.state === 'unsure'),
      displays: (displays.get(sent.key) ?? []).filter(line => line.client === sent.to),
    }
  })
}
