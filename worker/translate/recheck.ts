import { sameBare } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { archiveQuery, ends, isComplete, type ArchiveQuery } from './archive.ts'
import type { Archived, Effects, Request, Suspect, View } from './effects.ts'
import { ns } from './stanza.ts'

/** Servers give no more at once. */
const MAX_PAGE = 50
/** Beside the suspects, in the first page: what others wrote to the user meanwhile, and one text that is in no doubt. */
const FIRST_PAGE_BESIDE = 10
/** What was on its way when a worker died is among the last entries; what so many pages do not show stays unsure. */
const MAX_PAGES = 8

type Recheck = Extract<Request, { kind: 'recheck' }>
type Rules = Extract<Request, { kind: 'archive-rules' }>

/**
 * Looks for suspects among what the user sent, newest first, all in one pass. `whole`: they are all that may have been sent. First
 * the archive is asked for its rules: a message that it would not have kept is not missing.
 */
export function recheck(suspects: readonly Suspect[], whole: boolean, view: View): Effects {
  const iq = xml('iq', { type: 'get', id: view.newId() }, xml('prefs', { xmlns: ns.archive }))
  return { ask: [{ iq, request: { kind: 'archive-rules', suspects, whole } }] }
}

/** XEP-0441, once a part of XEP-0313. An archive that tells no rules has none of the user's. */
export function search({ suspects, whole }: Rules, rules: Element | undefined, view: View): Effects {
  const open = suspects.map(suspect => ({
    ...suspect,
    kept: rules === undefined || keeps(rules, suspect.to, view),
  }))
  return ask({ open, whole, found: [], page: 1, with: onlyRecipient(open) }, undefined, view)
}

/** Whether messages with this bare JID are archived. */
function keeps(rules: Element, jid: string, view: View): boolean {
  if (names(rules, 'never', jid)) return false
  if (names(rules, 'always', jid)) return true
  const { default: otherwise } = rules.attrs
  return otherwise === 'always' || (otherwise === 'roster' && view.contacts.item(jid) !== undefined)
}

function names(rules: Element, list: 'always' | 'never', jid: string): boolean {
  const jids = rules.getChild(list)?.getChildren('jid') ?? []
  return jids.some(each => sameBare(each.getText(), jid))
}

function ask(
  state: Pick<Recheck, 'open' | 'whole' | 'found' | 'page' | 'with'>,
  before: string | undefined,
  view: View,
): Effects {
  const queryId = view.newId()
  // Each entry costs the server and this process a stanza, for each session of a worker that died.
  const first = Math.min(MAX_PAGE, 2 * state.open.length + FIRST_PAGE_BESIDE)
  const max = state.page === 1 ? first : MAX_PAGE
  const query: ArchiveQuery = { with: state.with, max, from: { before } }
  return { ask: [{ iq: archiveQuery(query, queryId), request: { kind: 'recheck', queryId, ...state } }] }
}

/** In one conversation a page reaches much further back. */
function onlyRecipient(suspects: readonly Suspect[]): string | undefined {
  const [first] = suspects
  return suspects.every(({ to }) => to === first?.to) ? first?.to : undefined
}

/** The next page has come: the verdict, or the page before it. */
export function recheckPage(request: Recheck, iq: Element, view: View): Effects {
  const entries = view.collected(request.queryId) ?? []
  const seen = request.open.filter(suspect => entries.some(entry => isOf(entry, suspect)))
  const found = [...request.found, ...idsOf(seen)]
  const open = request.open.filter(suspect => !seen.includes(suspect))
  const fin = iq.getChild('fin', ns.archive)
  if (fin === undefined) return { checked: { found, missing: [], unsure: idsOf(open) } }
  const { first } = ends(fin)
  const { page, whole } = request
  const isSure =
    open.length === 0 ||
    isComplete(fin) ||
    first === undefined ||
    (whole && entries.some(entry => isEarlier(entry, request.open)))
  if (!isSure && page < MAX_PAGES)
    return ask({ open, whole, found, page: page + 1, with: request.with }, first, view)
  const missing = isSure ? idsOf(open.filter(({ kept }) => kept)) : []
  return { checked: { found, missing, unsure: idsOf(open).filter(id => !missing.includes(id)) } }
}

/**
 * A text of this session that is in no doubt. Texts of a session go out one after the other and none passes one in doubt, so
 * it is older than all of those, and what newer entries have not shown is not there. While more are to come that may have
 * been sent, it may be one of them, and newer.
 */
function isEarlier({ frame, own }: Archived, suspects: readonly Suspect[]): boolean {
  if (frame === undefined || own === undefined || !own.ours) return false
  return suspects.every(({ stanzaId }) => !own.ids.includes(stanzaId))
}

function isOf({ own }: Archived, { stanzaId, to }: Suspect): boolean {
  return own !== undefined && own.to === to && own.ids.includes(stanzaId)
}

/** The archive is missing, or cannot be read now: what it has not shown yet, nobody knows. */
export function recheckFailed(request: Recheck | Rules): Effects {
  if (request.kind === 'archive-rules')
    return { checked: { found: [], missing: [], unsure: idsOf(request.suspects) } }
  return { checked: { found: request.found, missing: [], unsure: idsOf(request.open) } }
}

/** The stream ended meanwhile: on the next one it is made again. */
export const recheckBroken: Effects = { checked: { found: [], missing: [], unsure: [] } }

function idsOf(suspects: readonly Suspect[]): string[] {
  return suspects.map(({ stanzaId }) => stanzaId)
}
