import { readAddress, type Jid } from '../../shared/wire/jid.ts'
import { refuse, type Effects, type View } from './effects.ts'

/** Prepares the `to` of a frame and goes on with it, or refuses the frame. */
export function readTo(
  frame: { readonly to: string; readonly id?: string | undefined },
  view: View,
  then: (recipient: Jid) => Effects,
): Effects {
  const recipient = readAddress(frame.to, view.own.domain)
  if (recipient.ok) return then(recipient.value)
  const message = `This "to" is not a local name, name@domain or @domain (${recipient.problem}).`
  return refuse('bad-address', message, frame.id)
}
