import { expect, test } from 'vitest'
import {
  startUp,
  translateBroken,
  translateReply,
  translateTimeout,
} from '../../../worker/translate/replies.ts'
import { aView, readXml, sentXml } from './support.ts'

const result = readXml('<iq type="result" id="n2"><query xmlns="jabber:iq:roster"/></iq>')
const failure = readXml('<iq type="error" id="n2"/>')

test('[TR80] a new stream asks for copies of messages and for the roster, and is not yet available', () => {
  const effects = startUp(aView())
  expect(effects.ask?.map(({ request }) => request)).toEqual([{ kind: 'carbons' }, { kind: 'roster' }])
  expect(sentXml(effects)).toEqual([
    '<iq type="set" id="n1"><enable xmlns="urn:xmpp:carbons:2"/></iq>',
    '<iq type="get" id="n2"><query xmlns="jabber:iq:roster"/></iq>',
  ])
})

test('[TR81] presence goes out once the roster is answered, refused or overdue', () => {
  for (const effects of [
    translateReply({ kind: 'roster' }, result, aView()),
    translateReply({ kind: 'roster' }, failure, aView()),
    translateTimeout({ kind: 'roster' }, aView()),
  ]) {
    expect(sentXml({ send: effects.send })).toEqual([
      expect.stringMatching(/^<presence><c xmlns="http:\/\/jabber\.org\/protocol\/caps"/),
    ])
  }
})

test('[TR81] a roster request that went with its stream makes nobody available', () => {
  expect(translateBroken({ kind: 'roster' })).toEqual({})
})

test('[TR82] presence is what the user set last', () => {
  const away = aView({ presence: { messageType: 'PRESENCE', id: 'r1', show: 'away', status: 'lunch' } })
  expect(sentXml(translateReply({ kind: 'roster' }, result, away))[0]).toMatch(
    /^<presence><show>away<\/show><status>lunch<\/status><c /,
  )
  const hidden = aView({ presence: { messageType: 'PRESENCE', show: 'unavailable' } })
  expect(translateReply({ kind: 'roster' }, result, hidden).send).toEqual([])
})

test('[TR83] a server without carbons is no news', () => {
  for (const effects of [
    translateReply({ kind: 'carbons' }, result, aView()),
    translateReply({ kind: 'carbons' }, failure, aView()),
    translateTimeout({ kind: 'carbons' }, aView()),
  ]) {
    expect(effects).toEqual({})
  }
})

test('[TR84] behind the presence the own account is asked what it offers', () => {
  for (const effects of [
    translateReply({ kind: 'roster' }, result, aView()),
    translateTimeout({ kind: 'roster' }, aView()),
  ]) {
    expect(effects.ask?.map(({ request }) => request)).toEqual([{ kind: 'features' }])
    expect(sentXml({ ask: effects.ask })).toEqual([
      '<iq type="get" id="n1" to="sergio@example.org"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>',
    ])
  }
})

const offering = (feature: string, type = 'result') =>
  readXml(
    `<iq type="${type}" id="n3"><query xmlns="http://jabber.org/protocol/disco#info"><feature var="x"/><feature var="${feature}"/></query></iq>`,
  )

test('[TR84] its answer ends the start, and says whether there is an archive', () => {
  const request = { kind: 'features' } as const
  const learned = (archive: boolean) => ({ learned: { archive }, introduced: { archive } })
  const unknown = { introduced: { archive: false } }
  expect(translateReply(request, offering('urn:xmpp:mam:2'), aView())).toEqual(learned(true))
  expect(translateReply(request, offering('urn:xmpp:mam:0'), aView())).toEqual(learned(false))
  expect(translateReply(request, offering('urn:xmpp:mam:2', 'error'), aView())).toEqual(unknown)
  expect(translateReply(request, failure, aView())).toEqual(unknown)
  expect(translateTimeout(request, aView())).toEqual(unknown)
  expect(translateReply(request, result, aView())).toEqual(unknown)
  expect(translateBroken(request)).toEqual({})
})

test('[TR84] when another session has asked lately, a ping is the question behind the presence', () => {
  const effects = translateReply({ kind: 'roster' }, result, aView({ features: { archive: true } }))
  expect(sentXml({ ask: effects.ask })).toEqual([
    '<iq type="get" id="n1" to="sergio@example.org"><ping xmlns="urn:xmpp:ping"/></iq>',
  ])
  const request = { kind: 'settled', features: { archive: true } } as const
  expect(effects.ask?.map(each => each.request)).toEqual([request])
  for (const answer of [result, failure])
    expect(translateReply(request, answer, aView())).toEqual({ introduced: { archive: true } })
  expect(translateTimeout(request, aView())).toEqual({ introduced: { archive: true } })
  expect(translateBroken(request)).toEqual({})
})
