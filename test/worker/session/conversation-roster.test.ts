import { expect, test } from 'vitest'
import { xml } from '../../../worker/xmpp/xml.ts'
import { answerAll, giveRoster, setUp, taken, text, type Parts } from './hand-line.ts'

/** Of somebody, who wants to know that it has arrived. */
const asking = (id: string, from: string) =>
  xml('message', { from, id }, xml('body', {}, id), xml('request', { xmlns: 'urn:xmpp:receipts' }))

/** About which messages receipts have gone out. */
const receiptsOf = ({ line }: Parts) =>
  line.sent.flatMap(stanza => stanza.getChild('received', 'urn:xmpp:receipts')?.attrs['id'] ?? [])

test('[CS9] what comes before the roster is read is answered when that tells who may know, once', () => {
  const parts = setUp('sequenced')
  const { conversation } = parts
  const receipts = () => receiptsOf(parts)
  conversation.relearn('ana@localhost/here', undefined)
  conversation.onStanza(asking('q1', 'ben@localhost/x'), 1)
  conversation.onStanza(asking('q2', 'mallory@localhost/x'), 2)
  expect(receipts()).toEqual([])
  giveRoster(parts, 'ben@localhost')
  answerAll(parts)
  expect(receipts()).toEqual(['q1'])
  conversation.startOver(undefined)
  conversation.introduce('ana@localhost/here')
  giveRoster(parts, 'ben@localhost')
  expect(receipts()).toEqual(['q1'])
})

/** The server does not give the roster that was asked for last. */
const FAILURES: Readonly<Record<string, (parts: Parts) => void>> = {
  'refuses it': ({ line, conversation }) =>
    conversation.onStanza(xml('iq', { type: 'error', id: line.sent.at(-1)?.attrs['id'] }), undefined),
  'does not answer': ({ clock }) => clock.advance(30_000),
  'loses the stream': ({ conversation }) => conversation.startOver(undefined),
}

test.each(Object.entries(FAILURES))(
  '[CS23] when the server %s nobody gets a receipt then, nor when a later roster comes',
  (_how, fail) => {
    const parts = setUp('sequenced')
    const { conversation } = parts
    conversation.relearn('ana@localhost/here', undefined)
    conversation.onStanza(asking('q1', 'ben@localhost/x'), 1)
    fail(parts)
    conversation.onStanza(asking('q2', 'ben@localhost/x'), 2)
    conversation.introduce('ana@localhost/here')
    conversation.onStanza(asking('q3', 'ben@localhost/x'), 3)
    giveRoster(parts, 'ben@localhost')
    expect(receiptsOf(parts)).toEqual(['q3'])
  },
)

test('[CS24] before the roster is read a marker is to be sent again later, and not acknowledged', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  const markers = () => line.sent.filter(({ name, children }) => name === 'message' && children.length > 0)
  const display = (to: string, seq: number) =>
    conversation.onFrame({ messageType: 'DISPLAYED', id: 'd', seq, to, message: 'q1' }, false)
  conversation.relearn('ana@localhost/here', undefined)
  expect(display('ben', 1)).toMatchObject({ kind: 'refused', error: { id: 'd', code: 'try-again' } })
  expect([line.settledSeqs, markers()]).toEqual([[], []])
  giveRoster(parts, 'ben@localhost')
  answerAll(parts)
  expect([display('ben', 1), display('mallory', 2)]).toEqual([taken, taken])
  expect(markers().map(String)).toHaveLength(1)
  // For the second nothing goes out.
  expect(line.settledSeqs).toEqual([2])
  conversation.acknowledged(line.sent.length)
  expect(line.settledSeqs).toEqual([2, 1])
})

test('[CS24] without a roster a marker goes to whom the user has just written, and holds nothing up', () => {
  const parts = setUp('sequenced')
  const { line, conversation } = parts
  conversation.relearn('ana@localhost/here', undefined)
  FAILURES['refuses it']?.(parts)
  conversation.onFrame(text('m1', 1), false)
  for (const [index, to] of ['ben', 'eve'].entries())
    expect(
      conversation.onFrame({ messageType: 'DISPLAYED', id: to, seq: index + 2, to, message: 'q1' }, false),
    ).toEqual(taken)
  const marked = line.sent.filter(stanza => stanza.getChild('displayed', 'urn:xmpp:chat-markers:0'))
  expect(marked.map(({ attrs }) => attrs['to'])).toEqual(['ben@localhost'])
})
