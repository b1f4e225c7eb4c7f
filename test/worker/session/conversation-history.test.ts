import { expect, test } from 'vitest'
import { xml } from '../../../worker/xmpp/xml.ts'
import { answerAll, answerQuery, archived, introduced, taken } from './hand-line.ts'

test('[CS8] HISTORY is answered at its end, under its id, and entries are no news', () => {
  const { line, conversation } = introduced()
  expect(conversation.onFrame({ messageType: 'HISTORY', id: 'h1', max: 2 }, false)).toEqual(taken)
  const id = String(line.queries[0]?.attrs['id'])
  conversation.onStanza(archived(id, 'm1'), 7)
  conversation.onStanza(archived(id, 'm2', 'evil@localhost'), 8)
  expect(line.frames()).toEqual([])
  const fin = xml('fin', { xmlns: 'urn:xmpp:mam:2' })
  conversation.onStanza(xml('iq', { type: 'result', id, from: 'evil@localhost/x' }, fin), 9)
  conversation.onStanza(xml('iq', { type: 'result', id, from: 'ana@localhost' }, fin), 10)
  expect(line.frames()).toMatchObject([
    { messageType: 'HISTORY', id: 'h1', complete: false, items: [{ id: 'm1', mid: 'a1', own: true }] },
  ])
  conversation.onStanza(archived(id, 'm3'), 11)
  expect([line.frames(), line.counts.slice(-5)]).toEqual([[], [7, 8, 9, 10, 11]])
})

test('[CS8] four pages at once, and one more when one has come', () => {
  const { line, conversation } = introduced()
  const ask = (id: string) => conversation.onFrame({ messageType: 'HISTORY', id }, false).kind
  expect(['h1', 'h2', 'h3', 'h4', 'h5'].map(ask)).toEqual(['taken', 'taken', 'taken', 'taken', 'refused'])
  answerQuery({ conversation }, line.queries[0], [])
  expect(ask('h6')).toBe('taken')
})

test('[CS16] no page is asked for before messages reach a new stream: it could miss what comes between', () => {
  const parts = introduced()
  const { line, conversation } = parts
  const ask = () => conversation.onFrame({ messageType: 'HISTORY', id: 'h1' }, false)
  conversation.startOver(undefined)
  conversation.introduce('ana@localhost/second')
  expect(ask()).toMatchObject({ kind: 'refused', error: { id: 'h1', code: 'try-again' } })
  expect(line.queries).toEqual([])
  answerAll(parts)
  expect(ask()).toEqual(taken)
  expect(line.queries).toHaveLength(1)
})

test('[CS17] a presence that comes late or twice does not undo the one set after it', () => {
  const set = (order: number, status: string) =>
    ({ messageType: 'PRESENCE', show: 'dnd', status, order }) as const
  const { line, conversation } = introduced()
  for (const frame of [set(1, 'one'), set(2, 'two'), set(1, 'one')])
    expect(conversation.onFrame(frame, false)).toEqual({ kind: 'taken' })
  expect(line.sent.map(stanza => stanza.getChildText('status'))).toEqual(['one', 'two'])
  expect(conversation.presence).toMatchObject({ status: 'two', order: 2 })
})
