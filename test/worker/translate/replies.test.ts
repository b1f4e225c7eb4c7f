import { expect, test } from 'vitest'
import {
  resumeUp,
  startUp,
  translateBroken,
  translateReply,
  translateTimeout,
} from '../../../worker/translate/replies.ts'
import { aView, readXml, sentXml } from './support.ts'

const result = readXml('<iq type="result" id="n2"><query xmlns="jabber:iq:roster"/></iq>')
const FEATURES = { archive: true, clientStateSafe: true }
const failure = readXml('<iq type="error" id="n2"/>')

test('[TR80] a new stream asks for copies of messages and for the roster, and is not yet available', () => {
  const effects = startUp(aView())
  expect(effects.ask?.map(({ request }) => request)).toEqual([
    { kind: 'carbons' },
    { kind: 'roster', resumed: false },
  ])
  expect(sentXml(effects)).toEqual([
    '<iq type="set" id="n1"><enable xmlns="urn:xmpp:carbons:2"/></iq>',
    '<iq type="get" id="n2"><query xmlns="jabber:iq:roster"/></iq>',
  ])
})

test('[TR81] presence goes out once the roster is answered, refused or overdue', () => {
  for (const effects of [
    translateReply({ kind: 'roster', resumed: false }, result, aView()),
    translateReply({ kind: 'roster', resumed: false }, failure, aView()),
    translateTimeout({ kind: 'roster', resumed: false }, aView()),
  ]) {
    expect(sentXml({ send: effects.send })).toEqual([
      expect.stringMatching(/^<presence><c xmlns="http:\/\/jabber\.org\/protocol\/caps"/),
    ])
  }
})

test('[TR81] a roster request that went with its stream makes nobody available', () => {
  expect(translateBroken({ kind: 'roster', resumed: false })).toEqual({})
})

test('[TR82] presence is what the user set last', () => {
  const away = aView({ presence: { messageType: 'PRESENCE', id: 'r1', show: 'away', status: 'lunch' } })
  expect(sentXml(translateReply({ kind: 'roster', resumed: false }, result, away))[0]).toMatch(
    /^<presence><show>away<\/show><status>lunch<\/status><c /,
  )
  const hidden = aView({ presence: { messageType: 'PRESENCE', show: 'unavailable' } })
  expect(translateReply({ kind: 'roster', resumed: false }, result, hidden).send).toEqual([])
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
    translateReply({ kind: 'roster', resumed: false }, result, aView()),
    translateTimeout({ kind: 'roster', resumed: false }, aView()),
  ]) {
    expect(effects.ask?.map(({ request }) => request)).toEqual([{ kind: 'account-features' }])
    expect(sentXml({ ask: effects.ask })).toEqual([
      '<iq type="get" id="n1" to="sergio@example.org"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>',
    ])
  }
})

const info = (inside: string, type = 'result') =>
  readXml(
    `<iq type="${type}" id="n3"><query xmlns="http://jabber.org/protocol/disco#info">${inside}</query></iq>`,
  )
const offering = (feature: string) => info(`<feature var="x"/><feature var="${feature}"/>`)
const named = (name: string, category = 'server') =>
  info(`<identity category="${category}" type="im" name="${name}"/>`)
const nothingKnown = { introduced: { archive: false, clientStateSafe: false } }

test('[TR84] its answer says whether there is an archive; then the server is asked which one it is', () => {
  const request = { kind: 'account-features' } as const
  for (const [feature, archive] of [
    ['urn:xmpp:mam:2', true],
    ['urn:xmpp:mam:0', false],
  ] as const) {
    const effects = translateReply(request, offering(feature), aView())
    expect(effects.ask?.map(each => each.request)).toEqual([{ kind: 'server-features', archive }])
    expect(sentXml(effects)).toEqual([
      '<iq type="get" id="n1" to="example.org"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>',
    ])
  }
  for (const answer of [info('', 'error'), failure, result])
    expect(translateReply(request, answer, aView())).toEqual(nothingKnown)
  expect(translateTimeout(request, aView())).toEqual(nothingKnown)
  expect(translateBroken(request)).toEqual({})
})

test('[TR84] that ends the start; only a server that is known to keep the order counts as one that does', () => {
  const request = { kind: 'server-features', archive: true } as const
  const learned = (clientStateSafe: boolean) => {
    const features = { archive: true, clientStateSafe }
    return { learned: features, introduced: features }
  }
  expect(translateReply(request, named('Prosody'), aView())).toEqual(learned(true))
  expect(translateReply(request, named('ejabberd'), aView())).toEqual(learned(false))
  expect(translateReply(request, named('Prosody', 'gateway'), aView())).toEqual(learned(false))
  const unknown = { introduced: { archive: true, clientStateSafe: false } }
  for (const answer of [failure, result]) expect(translateReply(request, answer, aView())).toEqual(unknown)
  expect(translateTimeout(request, aView())).toEqual(unknown)
  expect(translateBroken(request)).toEqual({})
})

test('[TR85] a stream that goes on in another process is asked for its roster alone, and nobody appears anew', () => {
  const effects = resumeUp(aView())
  expect(sentXml(effects)).toEqual(['<iq type="get" id="n1"><query xmlns="jabber:iq:roster"/></iq>'])
  const request = { kind: 'roster', resumed: true } as const
  const features = { archive: true, clientStateSafe: true }
  expect(translateReply(request, result, aView({ features }))).toMatchObject({ introduced: features })
  const asking = translateReply(request, result, aView())
  expect(asking.send).toEqual([])
  expect(asking.ask?.map(each => each.request)).toEqual([{ kind: 'account-features' }])
  expect(translateTimeout(request, aView({ features }))).toEqual({ introduced: features })
})

test('[TR84] when another session has asked lately, a ping is the question behind the presence', () => {
  const effects = translateReply({ kind: 'roster', resumed: false }, result, aView({ features: FEATURES }))
  expect(sentXml({ ask: effects.ask })).toEqual([
    '<iq type="get" id="n1" to="sergio@example.org"><ping xmlns="urn:xmpp:ping"/></iq>',
  ])
  const request = { kind: 'settled', features: FEATURES } as const
  expect(effects.ask?.map(each => each.request)).toEqual([request])
  for (const answer of [result, failure])
    expect(translateReply(request, answer, aView())).toEqual({ introduced: FEATURES })
  expect(translateTimeout(request, aView())).toEqual({ introduced: FEATURES })
  expect(translateBroken(request)).toEqual({})
})
