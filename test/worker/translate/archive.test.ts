import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downFrame } from '../../../shared/wire/down.ts'
import type { GetHistory, History } from '../../../shared/wire/frames/history.ts'
import { translateStanza } from '../../../worker/translate/down.ts'
import type { Archived } from '../../../worker/translate/effects.ts'
import { translateBroken, translateReply, translateTimeout } from '../../../worker/translate/replies.ts'
import { jsonBytes } from '../../../worker/translate/text.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { hostileText } from './hostile-texts.ts'
import { aView, frames, readXml, sentXml, type ViewParts } from './support.ts'

const OWN = 'sergio@example.org'
const MAM = 'urn:xmpp:mam:2'
const ask = (more: Partial<GetHistory>, parts: ViewParts = {}) =>
  translateUp({ messageType: 'HISTORY', id: 'h1', ...more }, aView(parts))
const query = (filter: string, max: number, turn: string) =>
  `<iq type="set" id="n1"><query xmlns="${MAM}" queryid="n1">${filter}<set xmlns="http://jabber.org/protocol/rsm"><max>${max}</max>${turn}</set></query></iq>`

test('[TR150] HISTORY asks for the newest page, one before or one after a message', () => {
  expect(sentXml(ask({}))).toEqual([query('', 50, '<before/>')])
  expect(sentXml(ask({ before: 'a1', max: 7 }))).toEqual([query('', 7, '<before>a1</before>')])
  expect(sentXml(ask({ before: 'a1', after: 'a<0' }))).toEqual([query('', 50, '<after>a&lt;0</after>')])
})

test('[TR150] with somebody it asks for that conversation', () => {
  const filter = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${MAM}</value></field><field var="with"><value>jose@example.org</value></field></x>`
  expect(sentXml(ask({ with: 'JOSE' }))).toEqual([query(filter, 50, '<before/>')])
  expect(frames(ask({ with: 'a@b@c' }))).toMatchObject([{ id: 'h1', code: 'bad-address' }])
})

test('[TR150] what XML cannot carry is refused, and so is a fifth page at once', () => {
  expect(frames(ask({ after: 'a\u0001' }))).toMatchObject([{ id: 'h1', code: 'bad-text' }])
  expect(frames(ask({ with: 'a\u0001' }))).toMatchObject([{ id: 'h1', code: 'bad-text' }])
  expect(frames(ask({}, { openHistories: 4 }))).toMatchObject([
    { id: 'h1', code: 'rate-limited', retryAfterMs: 1000 },
  ])
})

interface Parts {
  outer?: string
  queryId?: string
  from?: string
  to?: string
  inside?: string
  type?: string
  id?: string
}
const message = ({
  from = 'jose@example.org/phone',
  to = OWN,
  inside = '<body>hi</body>',
  type = 'chat',
}: Parts) =>
  `<message xmlns="jabber:client" from="${from}" to="${to}" id="m1" type="${type}">${inside}</message>`
const entry = (parts: Parts = {}) =>
  `<message ${parts.outer ?? `from="${OWN}"`} to="${OWN}/bridge"><result xmlns="${MAM}" ${parts.queryId ?? 'queryid="q1"'} id="${parts.id ?? 'a1'}"><forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z"/>${message(parts)}</forwarded></result></message>`
const hear = (xml: string) =>
  translateStanza(readXml(xml), aView({ mode: 'sequenced', items: [{}], collected: { q1: [] } }))

test('[TR151] an entry of an open page is kept for its end, with its archive id and its time', () => {
  expect(hear(entry())).toEqual({
    archived: {
      queryId: 'q1',
      entry: {
        own: undefined,
        frame: {
          messageType: 'NEW_MESSAGE',
          id: 'm1',
          from: 'jose',
          to: 'sergio',
          content: 'hi',
          mid: 'a1',
          timestamp: '2026-01-01T00:00:00.000Z',
        },
      },
    },
  })
})

test('[TR151] what the user sent is own, and known by both its ids', () => {
  const inside = '<body>hi</body><origin-id xmlns="urn:xmpp:sid:0" id="o1"/>'
  const { archived } = hear(entry({ from: `${OWN}/bridge`, to: 'jose@example.org/x', inside }))
  expect(archived?.entry.own).toEqual({ ids: ['m1', 'o1'], to: 'jose@example.org', ours: true })
  expect(archived?.entry.frame).toMatchObject({ from: 'sergio', to: 'jose', own: true })
})

test('[TR152] only the own account can send an entry, and only for an open query', () => {
  for (const outer of [
    'from="jose@example.org"',
    `from="${OWN}/laptop"`,
    'from="example.org"',
    'from="sergio@example.org.evil"',
    'from="conference.example.org"',
    'from="ѕergio@example.org"',
  ])
    expect(hear(entry({ outer }))).toEqual({})
  for (const queryId of ['', 'queryid="q2"', 'queryid=""', 'queryid="constructor"'])
    expect(hear(entry({ queryId }))).toEqual({})
  expect(hear(entry({ outer: '' })).archived).toBeDefined()
})

test('[TR152] a forged entry beside a text hides nothing, and asks no receipt of what is inside', () => {
  const inside = '<body>no</body><request xmlns="urn:xmpp:receipts"/>'
  const forged = entry({ outer: 'from="jose@example.org"', inside })
  const beside = forged.replace('</result>', '</result><body>from jose</body>')
  const effects = hear(beside)
  expect(frames(effects)).toMatchObject([{ from: 'jose', content: 'from jose' }])
  expect(effects.send).toBeUndefined()
  expect(hear(entry({ inside })).send).toBeUndefined()
})

test("[TR152] what is not the user's own conversation, no chat or no message is no text", () => {
  const none = { frame: undefined, own: undefined }
  for (const parts of [
    { from: 'eve@example.org', to: 'jose@example.org' },
    { from: 'a@b@c' },
    { type: 'groupchat' },
    { type: 'error' },
  ])
    expect(hear(entry(parts)).archived?.entry).toEqual(none)
  expect(hear(entry({ inside: '' })).archived?.entry).toEqual(none)
  expect(hear(entry().replaceAll('jabber:client', 'x'))).toEqual({})
})

const request = { kind: 'history', frameId: 'h1', queryId: 'q1' } as const
const fin = (attributes: string, ends = '<first>a1</first><last>a9</last>') =>
  readXml(
    `<iq type="result" id="q1"><fin xmlns="${MAM}" ${attributes}><set xmlns="http://jabber.org/protocol/rsm">${ends}</set></fin></iq>`,
  )
const anEntry = (content: string): Archived => ({
  frame: { messageType: 'NEW_MESSAGE', from: 'jose', to: 'sergio', content, timestamp: 'x', mid: 'a1' },
  own: undefined,
})
const page = (entries: readonly Archived[], answer = fin('complete="true"'), parts: ViewParts = {}) =>
  frames(translateReply(request, answer, aView({ collected: { q1: entries }, ...parts }))) as History[]

test('[TR153] the end of the page is the answer: its texts, where it ends, and whether more lies there', () => {
  const noText = { frame: undefined, own: undefined }
  const [answer, ...more] = page([anEntry('one'), noText, anEntry('two')])
  expect(more).toEqual([])
  expect(answer).toMatchObject({ messageType: 'HISTORY', id: 'h1', complete: true, first: 'a1', last: 'a9' })
  expect(answer?.items.map(({ content }) => content)).toEqual(['one', 'two'])
  expect(page([], fin(''))).toEqual([
    { messageType: 'HISTORY', id: 'h1', items: [], complete: false, first: 'a1', last: 'a9' },
  ])
  expect(page([], fin('complete="true"', ''))).toEqual([
    { messageType: 'HISTORY', id: 'h1', items: [], complete: true },
  ])
})

test('[TR153] a long page comes in parts, each of which fits', () => {
  const parts = { maxContentBytes: 8192, maxTextBytes: 65_536, maxFrameBytes: 28_416 }
  const entries = Array.from({ length: 50 }, (_, n) => anEntry(`${n} ${'x'.repeat(5000)}`))
  const answer = page(entries, fin(''), parts)
  expect(answer.map(({ part }) => part)).toEqual(answer.map((_, index) => [index + 1, answer.length]))
  for (const frame of answer) expect(jsonBytes(frame)).toBeLessThanOrEqual(28_416)
  expect(answer.flatMap(({ items }) => items.map(({ content }) => Number.parseInt(content, 10)))).toEqual(
    Array.from({ length: 50 }, (_, n) => n),
  )
})

/** Texts as a client puts them together again. */
function joined(answer: readonly History[]): string[] {
  const items: string[] = []
  for (const { content, part } of answer.flatMap(frame => frame.items)) {
    if ((part?.[0] ?? 1) === 1) items.push(content)
    else items.push(`${items.pop()}${content}`)
  }
  return items
}

test('[TR153] a long text is several items; a simple client gets its start', () => {
  const parts = {
    mode: 'sequenced',
    maxContentBytes: 8192,
    maxTextBytes: 65_536,
    maxFrameBytes: 28_416,
  } as const
  const text = 'é'.repeat(30_000)
  const answer = page([anEntry('one'), anEntry(text), anEntry('two')], fin(''), parts)
  expect(answer.length).toBeGreaterThan(1)
  expect(joined(answer)).toEqual(['one', text, 'two'])
  const long = entry().replace('hi', 'x'.repeat(40_000))
  const view = aView({ collected: { q1: [] } })
  expect(translateStanza(readXml(long), view).archived?.entry.frame).toMatchObject({ truncated: true })
})

test('[TR154] whatever stands in an archive, the page is as described and within the limit', () => {
  const limits = { maxContentBytes: 8192, maxFrameBytes: 28_416 }
  const long = hostileText.map(text => text.slice(0, 8).repeat(9000))
  const texts = fc.array(fc.oneof(hostileText, long), { maxLength: 8 })
  const property = fc.property(texts, fc.constantFrom('simple', 'sequenced'), (all, mode) => {
    const parts = { ...limits, mode, maxTextBytes: mode === 'simple' ? 8192 : 65_536 }
    const view = aView({ ...parts, collected: { q1: [] } })
    const collected = all.map(text => {
      const stanza = readXml(entry())
      stanza.getChild('result')?.getChild('forwarded')?.getChild('message')?.getChild('body')?.append(text)
      return translateStanza(stanza, view).archived?.entry ?? { frame: undefined, own: undefined }
    })
    const answer = page(collected, fin(''), parts)
    expect(joined(answer)).toEqual(collected.map(({ frame }) => frame?.content))
    for (const frame of answer) {
      expect(downFrame.safeParse(frame).success).toBe(true)
      expect(jsonBytes(frame)).toBeLessThanOrEqual(28_416)
    }
  })
  fc.assert(property, { numRuns: 100 })
})

test('[TR155] a page that cannot be had says why', () => {
  const error = (condition: string) =>
    readXml(
      `<iq type="error" id="q1"><error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
    )
  const code = (condition: string) => frames(translateReply(request, error(condition), aView()))
  expect(code('item-not-found')).toMatchObject([{ messageType: 'ERROR', id: 'h1', code: 'not-in-archive' }])
  expect(code('service-unavailable')).toMatchObject([{ id: 'h1', code: 'unsupported' }])
  expect(code('feature-not-implemented')).toMatchObject([{ id: 'h1', code: 'unsupported' }])
  expect(frames(translateTimeout(request, aView()))).toMatchObject([{ id: 'h1', code: 'no-answer' }])
  expect(frames(translateBroken(request))).toMatchObject([{ id: 'h1', code: 'try-again' }])
})
