import { bareJid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import type { Effects, Request, ServerFeatures, View } from './effects.ts'
import { ns } from './stanza.ts'

export const NO_FEATURES: ServerFeatures = { archive: false, clientStateSafe: false }

/**
 * Prosody holds back what an inactive client need not know yet and keeps the order. ejabberd sends presence that it held
 * back before what a resumed stream gets again, against the numbers it gave them.
 */
const KEEPS_ORDER = new Set(['Prosody'])

/** XEP-0313: the archive is a feature of the account. */
export function askAccount(view: View): Effects {
  return ask(bareJid(view.own), { kind: 'account-features' }, view)
}

/** Which server it is, the server itself says. */
export function accountFeatures(iq: Element, view: View): Effects {
  if (iq.getChild('query', ns.disco) === undefined) return { introduced: NO_FEATURES }
  const archive = featuresOf(iq).includes(ns.archive)
  return ask(view.own.domain, { kind: 'server-features', archive }, view)
}

export function serverFeatures(archive: boolean, iq: Element): Effects {
  const info = iq.getChild('query', ns.disco)
  if (info === undefined) return { introduced: { ...NO_FEATURES, archive } }
  const identities = info.getChildren('identity')
  const names = identities.filter(each => each.attrs['category'] === 'server').map(each => each.attrs['name'])
  const clientStateSafe = names.some(name => name !== undefined && KEEPS_ORDER.has(name))
  const features = { archive, clientStateSafe }
  return { learned: features, introduced: features }
}

function ask(to: string, request: Request, view: View): Effects {
  const query = xml('query', { xmlns: ns.disco })
  return { ask: [{ iq: xml('iq', { type: 'get', id: view.newId(), to }, query), request }] }
}

function featuresOf(iq: Element): readonly (string | undefined)[] {
  const features = iq.getChild('query', ns.disco)?.getChildren('feature') ?? []
  return features.map(feature => feature.attrs['var'])
}
