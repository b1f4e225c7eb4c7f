import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { historyFailed, historyFrames } from './archive.ts'
import { nothing, type Effects, type Request, type ServerFeatures, type View } from './effects.ts'
import { errorFrame } from './error-frame.ts'
import { requestFailed } from './errors.ts'
import { accountFeatures, askAccount, NO_FEATURES, serverFeatures } from './features.ts'
import { recheckBroken, recheckFailed, recheckPage, search } from './recheck.ts'
import { contactAdded, contactRemoved } from './roster-set.ts'
import { initialPresence } from './presence.ts'
import { loadRoster } from './roster.ts'
import { ns } from './stanza.ts'

/** What a new stream asks for first. The server answers in this order, so no copy of a message is missed. */
export function startUp(view: View): Effects {
  const carbons = xml('iq', { type: 'set', id: view.newId() }, xml('enable', { xmlns: ns.carbons }))
  return {
    ask: [
      { iq: carbons, request: { kind: 'carbons' } },
      { iq: askRoster(view), request: { kind: 'roster', resumed: false } },
    ],
  }
}

/** What a process asks for that goes on with the stream of another: copies still come, the user is there still. */
export function resumeUp(view: View): Effects {
  return { ask: [{ iq: askRoster(view), request: { kind: 'roster', resumed: true } }] }
}

function askRoster(view: View): Element {
  return xml('iq', { type: 'get', id: view.newId() }, xml('query', { xmlns: ns.roster }))
}

/** What the answer to a request of ours means; that it is one, `mayAnswer` has said. */
export function translateReply(request: Request, iq: Element, view: View): Effects {
  return iq.attrs['type'] === 'error' ? refused(request, iq, view) : answered(request, iq, view)
}

function answered(request: Request, iq: Element, view: View): Effects {
  switch (request.kind) {
    case 'roster':
      return rosterRead(loadRoster(iq, view), afterRoster(request.resumed, view))
    case 'account-features':
      return accountFeatures(iq, view)
    case 'server-features':
      return serverFeatures(request.archive, iq)
    case 'settled':
      return { introduced: request.features }
    case 'carbons':
      return nothing
    case 'add-contact':
      return contactAdded(request, view)
    case 'remove-contact':
      return contactRemoved(request, view)
    case 'history':
      return historyFrames(request, iq, view)
    case 'archive-rules':
      return search(request, iq.getChild('prefs', ns.archive), view)
    case 'recheck':
      return recheckPage(request, iq, view)
  }
}

function refused(request: Request, iq: Element, view: View): Effects {
  switch (request.kind) {
    case 'add-contact':
    case 'remove-contact':
      return { push: [requestFailed(iq, request.frameId, view)] }
    case 'history':
      return historyFailed(request, iq, view)
    case 'archive-rules':
      // A server may have an archive and no rules to be asked for.
      return search(request, undefined, view)
    case 'roster':
    case 'account-features':
    case 'server-features':
    case 'settled':
    case 'carbons':
    case 'recheck':
      return withoutAnswer(request, view)
  }
}

/** The server did not answer in time. */
export function translateTimeout(request: Request, view: View): Effects {
  switch (request.kind) {
    case 'add-contact':
    case 'remove-contact':
    case 'history':
      return { push: [noAnswer(request.frameId)] }
    case 'roster':
    case 'account-features':
    case 'server-features':
    case 'settled':
    case 'carbons':
    case 'archive-rules':
    case 'recheck':
      return withoutAnswer(request, view)
  }
}

type Needed = Exclude<Request, { kind: 'add-contact' | 'remove-contact' | 'history' }>

/** What the session itself wants to know: it goes on without. */
function withoutAnswer(request: Needed, view: View): Effects {
  switch (request.kind) {
    case 'roster':
      return afterRoster(request.resumed, view)
    case 'account-features':
      return { introduced: NO_FEATURES }
    case 'server-features':
      return { introduced: { ...NO_FEATURES, archive: request.archive } }
    case 'settled':
      return { introduced: request.features }
    case 'carbons':
      return nothing
    case 'archive-rules':
    case 'recheck':
      return recheckFailed(request)
  }
}

/** The presence comes before what waited for the roster: from then on the session is one that is there. */
function rosterRead(loaded: Effects, then: Effects): Effects {
  return { ...loaded, ...then, send: [...(then.send ?? []), ...(loaded.send ?? [])] }
}

/** RFC 6121 2.2: the roster comes first, else the first presence of contacts is that of strangers. */
function afterRoster(resumed: boolean, view: View): Effects {
  const { features } = view
  if (features === undefined)
    return { ...(resumed ? nothing : { send: initialPresence(view) }), ...askAccount(view) }
  return resumed ? { introduced: features } : appear(features, view)
}

/**
 * The server answers in order, so the answer to the question behind it says that the presence has been taken in. The
 * cheapest question does, a ping (XEP-0199), when there is nothing to find out.
 */
function appear(features: ServerFeatures, view: View): Effects {
  const ping = xml('ping', { xmlns: ns.ping })
  const iq = xml('iq', { type: 'get', id: view.newId(), to: bareJid(view.own) }, ping)
  return { send: initialPresence(view), ask: [{ iq, request: { kind: 'settled', features } }] }
}

/** The stream ended before the server answered; the next one asks anew for what every stream needs. */
export function translateBroken(request: Request): Effects {
  switch (request.kind) {
    case 'roster':
    case 'carbons':
    case 'account-features':
    case 'server-features':
    case 'settled':
      return nothing
    case 'add-contact':
    case 'remove-contact':
      return { push: [noAnswer(request.frameId)] }
    case 'history':
      return { push: [askAgain(request.frameId)] }
    case 'archive-rules':
    case 'recheck':
      return recheckBroken
  }
}

function noAnswer(id: string | undefined): ErrorFrame {
  const message = 'The XMPP server did not answer; whether it was done is not known.'
  return errorFrame('no-answer', message, id)
}

/** Nothing was to be done, so it can be asked again without a care. */
function askAgain(id: string): ErrorFrame {
  const message = 'The connection to the XMPP server broke before it answered.'
  return errorFrame('try-again', message, id, 1000)
}
