import type { GetHistory, History } from '../../shared/wire/frames/history.ts'
import type { MessageReceived } from '../../shared/wire/frames/message.ts'
import { mid } from '../../shared/wire/ids.ts'
import { bareJid, sameBare, showAddress, type Jid } from '../../shared/wire/jid.ts'
import { xml, type Element } from '../xmpp/xml.ts'
import { stampOf } from './delay.ts'
import { nothing, refuse, type Archived, type Effects, type Request, type View } from './effects.ts'
import { requestFailed } from './errors.ts'
import { cut, shortId } from './message.ts'
import { paginate, partOf, WIDEST_PART } from './paginate.ts'
import { readTo } from './recipient.ts'
import {
  isFromAccount,
  isOneToOne,
  isStanza,
  ns,
  recipientOf,
  sameAddress,
  senderOf,
  textFor,
} from './stanza.ts'
import { jsonBytes, splitByBytes } from './text.ts'

export interface ArchiveQuery {
  /** Bare JID. */
  readonly with: string | undefined
  /** At most 50: what servers give at once. */
  readonly max: number
  /** An archive id to go forwards from, or backwards from; backwards from the end without one. */
  readonly from: { readonly after: string } | { readonly before: string | undefined }
}

/** XEP-0313 4 with the pages of XEP-0059. The query goes by the id of its IQ. */
export function archiveQuery(query: ArchiveQuery, id: string): Element {
  const turn =
    'after' in query.from
      ? xml('after', {}, query.from.after)
      : xml('before', {}, ...(query.from.before === undefined ? [] : [query.from.before]))
  const page = xml('set', { xmlns: ns.pages }, xml('max', {}, String(query.max)), turn)
  const payload = xml('query', { xmlns: ns.archive, queryid: id }, filter(query.with), page)
  return xml('iq', { type: 'set', id }, payload)
}

function filter(jid: string | undefined): Element | undefined {
  if (jid === undefined) return undefined
  return xml(
    'x',
    { xmlns: ns.dataForm, type: 'submit' },
    xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, ns.archive)),
    xml('field', { var: 'with' }, xml('value', {}, jid)),
  )
}

/** What a client asks for when it names no number; a screen or two. */
const DEFAULT_PAGE = 50
/** A client fills page by page; each open page takes memory. */
const MAX_OPEN = 4

export function askHistory(frame: GetHistory, view: View): Effects {
  if (view.openHistories >= MAX_OPEN) {
    return refuse('rate-limited', `At most ${MAX_OPEN} requests for HISTORY at once.`, frame.id, 1000)
  }
  if (frame.with === undefined) return ask(frame, undefined, view)
  return readTo({ to: frame.with, id: frame.id }, view, other => ask(frame, bareJid(other), view))
}

function ask(frame: GetHistory, jid: string | undefined, view: View): Effects {
  const queryId = view.newId()
  const from = frame.after === undefined ? { before: frame.before } : { after: frame.after }
  const iq = archiveQuery({ with: jid, max: frame.max ?? DEFAULT_PAGE, from }, queryId)
  return { ask: [{ iq, request: { kind: 'history', frameId: frame.id, queryId } }] }
}

/**
 * An entry of a page that was asked for. Anybody can send such a wrapper: only the own account's, for an open query, is
 * one (Security Considerations of XEP-0313; CVE-2017-5589 and its kin), and no other is opened.
 */
export function readArchived(stanza: Element, view: View): Effects | undefined {
  if (!isStanza(stanza, 'message') || !isFromAccount(stanza, view.own)) return undefined
  const result = stanza.getChild('result', ns.archive)
  if (result === undefined) return undefined
  const queryId = result.attrs['queryid']
  const forwarded = result.getChild('forwarded', ns.forward)
  const message = forwarded?.getChild('message', ns.client)
  if (queryId === undefined || view.collected(queryId) === undefined) return nothing
  if (forwarded === undefined || message === undefined) return nothing
  return { archived: { queryId, entry: entryOf(result, forwarded, message, view) } }
}

const NO_MESSAGE: Archived = { frame: undefined, own: undefined }

function entryOf(result: Element, forwarded: Element, message: Element, view: View): Archived {
  const sender = senderOf(message, view.own)?.bare
  const recipient = recipientOf(message, view.own)?.bare
  if (sender === undefined || recipient === undefined || !isOneToOne(message)) return NO_MESSAGE
  const isOwn = sameBare(sender, view.own)
  if (!isOwn && !sameBare(recipient, view.own)) return NO_MESSAGE
  const frame = archivedFrame({ result, forwarded, message, sender, recipient, isOwn }, view)
  const ours = sameAddress(message.attrs['from'] ?? '', view.fullJid)
  return { frame, own: isOwn ? { ids: idsOf(message), to: bareJid(recipient), ours } : undefined }
}

/** A client of ours sets both to the same; another device might not. */
function idsOf(message: Element): string[] {
  const origin = message.getChild('origin-id', ns.ids)?.attrs['id']
  return [message.attrs['id'], origin].filter(id => id !== undefined)
}

interface Entry {
  readonly result: Element
  readonly forwarded: Element
  readonly message: Element
  readonly sender: Jid
  readonly recipient: Jid
  readonly isOwn: boolean
}

function archivedFrame(entry: Entry, view: View): MessageReceived | undefined {
  const content = textFor(entry.message, 'body')
  if (content === '') return undefined
  const stamps = entry.forwarded.getChildren('delay', ns.delay).map(stampOf)
  const sentAt = stamps.find(stamp => stamp !== undefined) ?? view.now
  const frame: MessageReceived = {
    messageType: 'NEW_MESSAGE',
    id: shortId(entry.message.attrs['id']),
    from: showAddress(entry.sender, view.own.domain),
    to: showAddress(entry.recipient, view.own.domain),
    content,
    mid: shortId(entry.result.attrs['id']),
    timestamp: new Date(Math.min(sentAt, view.now)).toISOString(),
    ...(entry.isOwn && { own: true }),
  }
  return cut(frame, textRoom(frame, view))
}

/** A simple client knows no parts. */
function textRoom(frame: MessageReceived, { limits, mode }: View): number {
  if (mode === 'sequenced') return limits.maxTextBytes
  const rest = jsonBytes({ ...frame, content: '', truncated: true }) - jsonBytes('')
  return Math.min(limits.maxTextBytes, limits.maxFrameBytes - LONGEST_HEAD_BYTES - rest)
}

/** A HISTORY without its items: `first` and `last` of up to 256 UTF-16 units and `id` of 64, each of up to 3 bytes. */
const LONGEST_HEAD_BYTES = 3 * (256 + 256 + 64) + 200

type HistoryRequest = Extract<Request, { kind: 'history' }>

/** The end of the page (XEP-0313 4): all its entries have come before. */
export function historyFrames(request: HistoryRequest, iq: Element, view: View): Effects {
  const fin = iq.getChild('fin', ns.archive)
  const entries = view.collected(request.queryId) ?? []
  const items = entries.flatMap(({ frame }) => (frame === undefined ? [] : pieces(frame, view)))
  const head: History = {
    messageType: 'HISTORY',
    id: request.frameId,
    items: [],
    complete: isComplete(fin),
    ...(fin && ends(fin)),
  }
  const room = view.limits.maxFrameBytes - jsonBytes({ ...head, part: WIDEST_PART })
  const pages = paginate(items, item => jsonBytes(item) + 1, room)
  return { push: pages.map((page, index) => ({ ...head, items: page, ...partOf(index, pages) })) }
}

/** A long text is several items, as it is several frames when it comes. */
function pieces(frame: MessageReceived, { limits, mode }: View): readonly MessageReceived[] {
  if (mode === 'simple') return [frame]
  const texts = splitByBytes(frame.content, limits.maxContentBytes)
  return texts.map((content, index) => ({ ...frame, content, ...partOf(index, texts) }))
}

export function isComplete(fin: Element | undefined): boolean {
  const said = fin?.attrs['complete']
  return said === 'true' || said === '1'
}

/** Archive ids of the first and last entry of the page. */
export function ends(fin: Element): { readonly first?: string; readonly last?: string } {
  const page = fin.getChild('set', ns.pages)
  const first = mid.safeParse(page?.getChildText('first')).data
  const last = mid.safeParse(page?.getChildText('last')).data
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) }
}

/** item-not-found is for a page that starts where nothing is (XEP-0059 2.1). */
export function historyFailed(request: HistoryRequest, iq: Element, view: View): Effects {
  const error = requestFailed(iq, request.frameId, view)
  return { push: [error.code === 'not-found' ? { ...error, code: 'not-in-archive' } : error] }
}
