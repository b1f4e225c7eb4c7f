import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { nothing, type Effects, type Request, type ServerFeatures, type View } from './effects.ts'
import { requestFailed } from './errors.ts'
import { contactAdded, contactRemoved } from './roster-set.ts'
import { initialPresence } from './presence.ts'
import { loadRoster } from './roster.ts'
import { ns } from './stanza.ts'

/** What a new stream asks for first. The server answers in this order, so no copy of a message is missed. */
export function startUp(view: View): Effects {
  const carbons = xml('iq', { type: 'set', id: view.newId() }, xml('enable', { xmlns: ns.carbons }))
  const roster = xml('iq', { type: 'get', id: view.newId() }, xml('query', { xmlns: ns.roster }))
  return {
    ask: [
      { iq: carbons, request: { kind: 'carbons' } },
      { iq: roster, request: { kind: 'roster' } },
    ],
  }
}

/** What the answer to a request of ours means; that it is one, `mayAnswer` has said. */
export function translateReply(request: Request, iq: Element, view: View): Effects {
  const failed = iq.attrs['type'] === 'error'
  switch (request.kind) {
    case 'roster':
      // RFC 6121 2.2: the roster comes first, else the first presence of contacts is that of strangers.
      return { ...(failed ? nothing : loadRoster(iq, view)), ...appear(view) }
    case 'features':
      return failed ? { introduced: NO_FEATURES } : readFeatures(iq)
    case 'settled':
      return { introduced: request.features }
    case 'carbons':
      return nothing
    case 'add-contact':
      return failed ? { push: [requestFailed(iq, request.frameId, view)] } : contactAdded(request, view)
    case 'remove-contact':
      return failed ? { push: [requestFailed(iq, request.frameId, view)] } : contactRemoved(request, view)
  }
}

/** The server did not answer in time. */
export function translateTimeout(request: Request, view: View): Effects {
  switch (request.kind) {
    case 'roster':
      return appear(view)
    case 'features':
      return { introduced: NO_FEATURES }
    case 'settled':
      return { introduced: request.features }
    case 'carbons':
    case 'add-contact':
    case 'remove-contact':
      return translateBroken(request)
  }
}

const NO_FEATURES: ServerFeatures = { archive: false }

function readFeatures(iq: Element): Effects {
  const info = iq.getChild('query', ns.disco)
  if (info === undefined) return { introduced: NO_FEATURES }
  const features = { archive: info.getChildren('feature').some(each => each.attrs['var'] === ns.archive) }
  return { learned: features, introduced: features }
}

/**
 * The server answers in order, so the answer to the question behind it says that the presence has been taken in. The
 * cheapest question does, a ping (XEP-0199), unless there is something to find out.
 */
function appear(view: View): Effects {
  const { features } = view
  const question =
    features === undefined ? xml('query', { xmlns: ns.disco }) : xml('ping', { xmlns: ns.ping })
  const iq = xml('iq', { type: 'get', id: view.newId(), to: bareJid(view.own) }, question)
  const request: Request = features === undefined ? { kind: 'features' } : { kind: 'settled', features }
  return { send: initialPresence(view), ask: [{ iq, request }] }
}

/** The stream ended before the server answered; the next one asks anew for what every stream needs. */
export function translateBroken(request: Request): Effects {
  switch (request.kind) {
    case 'roster':
    case 'carbons':
    case 'features':
    case 'settled':
      return nothing
    case 'add-contact':
    case 'remove-contact':
      return { push: [noAnswer(request.frameId)] }
  }
}

function noAnswer(id: string | undefined): ErrorFrame {
  const message = 'The XMPP server did not answer; whether it was done is not known.'
  return { messageType: 'ERROR', id, code: 'no-answer', message }
}
