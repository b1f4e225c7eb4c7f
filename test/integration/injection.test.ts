import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asElementText } from '../../worker/translate/text.ts'
import { Bridge } from '../support/bridge.ts'
import type { Frame, WebUser } from '../support/web-user.ts'
import { XmppUser } from '../support/xmpp-user.ts'
import { hostileText } from '../worker/translate/hostile-texts.ts'

// Prosody reads with expat and the recipient with ltx: two parsers that share nothing with the bridge's own.
let bridge: Bridge
let web: WebUser
let other: XmppUser
beforeAll(async () => {
  bridge = await Bridge.start({ settings: { FRAME_BURST: '2000' } })
  web = await bridge.signIn('ines')
  await XmppUser.register(bridge.xmpp, 'otto', 'otto-pass')
  other = await XmppUser.login(bridge.xmpp, 'otto', 'otto-pass')
})
afterAll(async () => {
  await other.logout()
  await bridge.stop()
})

const SEED = 4
const TEXTS = 400

test('[IJ1] whatever a text holds, one message with that text arrives, or one ERROR comes back', async () => {
  const texts = fc.sample(hostileText, { seed: SEED, numRuns: TEXTS }).filter(text => text !== '')
  const sentTo = `otto@${bridge.xmpp.domain}`
  texts.forEach((content, at) => web.send({ messageType: 'NEW_MESSAGE', id: `t${at}`, to: sentTo, content }))
  const refused = () => new Set(web.frames.filter(isError).map(({ id }) => id))
  const arrived = () => other.received.filter(stanza => stanza.is('message'))
  await bridge.until(() => refused().size + arrived().length >= texts.length, 'an end of each text')
  web.send({ messageType: 'NEW_MESSAGE', to: sentTo, content: 'the last' })
  await other.waitForMessage('the last')

  const expected = texts.flatMap((content, at) =>
    refused().has(`t${at}`) ? [] : [[`t${at}`, asElementText(content)]],
  )
  const got = arrived().map(stanza => [stanza.attrs['id'], stanza.getChildText('body')])
  // The gateway runs the frames of one socket side by side.
  expect(got.slice(0, -1).toSorted(byId)).toEqual(expected.toSorted(byId))
  const inside = new Set(arrived().flatMap(stanza => stanza.getChildElements().map(child => child.getName())))
  expect([...inside].toSorted()).toEqual(['body', 'origin-id', 'stanza-id'])
  // That it says something: both ends were met often.
  expect(expected.length).toBeGreaterThan(TEXTS / 3)
  expect(refused().size).toBeGreaterThan(TEXTS / 10)
})

test('[IJ2] the sender is who signed in, whatever a frame says about senders', async () => {
  web.send({
    messageType: 'NEW_MESSAGE',
    id: 'spoof',
    from: 'otto',
    jid: `otto@${bridge.xmpp.domain}/x`,
    sessionId: 's_'.padEnd(24, 'a'),
    to: `otto@${bridge.xmpp.domain}`,
    content: 'who am I?',
  })
  const got = await other.waitForMessage('who am I?')
  expect(String(got.attrs['from'])).toMatch(/^ines@localhost\/stanzagate-[\w-]{11}$/)
})

test('[IJ3] no name and no address is in anything that functions and workers printed', () => {
  // What the XMPP server prints is its own.
  const ours = bridge.printed.filter(line => /^(functions|worker): /.test(line))
  expect(ours.length).toBeGreaterThan(100)
  expect(ours.filter(line => /\b(ines|otto)\b/.test(line))).toEqual([])
})

function isError({ messageType }: Frame): boolean {
  return messageType === 'ERROR'
}

function byId([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a).localeCompare(String(b))
}
