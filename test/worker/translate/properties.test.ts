import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downFrame, type DownFrame } from '../../../shared/wire/down.ts'
import { readUp } from '../../../shared/wire/read.ts'
import type { UpFrame } from '../../../shared/wire/up.ts'
import { translateStanza } from '../../../worker/translate/down.ts'
import type { Effects, View } from '../../../worker/translate/effects.ts'
import { asElementText, jsonBytes } from '../../../worker/translate/text.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import type { Element } from '../../../worker/xmpp/xml.ts'
import { hostileFrame } from './hostile-frames.ts'
import { hostileStanza, hostileTree } from './hostile-stanzas.ts'
import { aView, plain, readXml } from './support.ts'

// Plain throws instead of expect: a hundred thousand assertions of the runner take longer than what they look at.
function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

const sent = {
  m1: { frameId: 'm1', to: 'jose@example.org' },
  m2: { frameId: undefined, to: 'ana@b.example' },
}
const items = [
  { name: 'José', groups: ['Work'] },
  { jid: 'ana@b.example', subscription: 'from' as const },
  { jid: `${'a'.repeat(1023)}@${'b.'.repeat(400)}example` },
]
const presences = { 'jose@example.org': { phone: { show: 'away' as const, status: 'lunch' } } }
const newView = (mode: View['mode']) =>
  aView({ mode, items, presences, sent, wroteTo: ['ana@b.example'], collected: { q1: [] } })

/** The stanza goes through a second parser, the strictest at hand, and comes back the same. */
function readAgain(stanza: Element): Element {
  const again = readXml(String(stanza))
  const same = JSON.stringify(plain(again)) === JSON.stringify(plain(stanza))
  must(same, `not the same tree: ${String(stanza)}`)
  return again
}

function checkPushed(effects: Effects, view: View): void {
  const archived = effects.archived?.entry.frame
  for (const frame of framesOf(effects).concat(archived ?? [])) {
    const read = downFrame.safeParse(JSON.parse(JSON.stringify(frame)))
    must(read.success, `not a frame: ${JSON.stringify(frame)}`)
    must(jsonBytes(frame) <= view.limits.maxFrameBytes, `${jsonBytes(frame)} bytes`)
  }
}

function framesOf({ refused, push = [] }: Effects): DownFrame[] {
  return refused === undefined ? [...push] : [refused, ...push]
}

function stanzasOf(effects: Effects): Element[] {
  return [...(effects.send ?? []).map(({ stanza }) => stanza), ...(effects.ask ?? []).map(({ iq }) => iq)]
}

function checkText(frame: UpFrame, again: Element): void {
  if (frame.messageType === 'NEW_MESSAGE') {
    must(again.getChildText('body') === asElementText(frame.content), 'another text')
    must(again.attrs['from'] === undefined, 'a sender')
  }
  if (frame.messageType === 'PRESENCE') {
    must((again.getChildText('status') ?? '') === asElementText(frame.status ?? ''), 'another status')
  }
}

/** Ten seconds of one core; a machine that does three other things takes a while. */
const LONG_MS = 120_000

const modes = fc.constantFrom('simple', 'sequenced')

type Outcome = 'stanza' | 'error' | 'answer'

function oneOutcome(effects: Effects, frame: UpFrame): Outcome {
  const stanzas = stanzasOf(effects)
  const pushed = framesOf(effects)
  const [first] = pushed
  const mayBeNothing = frame.messageType === 'TYPING' || frame.messageType === 'DISPLAYED'
  if (mayBeNothing && stanzas.length === 0 && first === undefined) return 'answer'
  if (frame.messageType === 'PING' || frame.messageType === 'GET_CONTACTS') {
    must(stanzas.length === 0 && first !== undefined, 'no answer')
    return first.messageType === 'ERROR' ? 'error' : 'answer'
  }
  must(stanzas.length + pushed.length === 1, 'neither one stanza nor one ERROR')
  must(first === undefined || (first.messageType === 'ERROR' && first.id === frame.id), 'not its ERROR')
  return first === undefined ? 'stanza' : 'error'
}

function sendUp(text: string, view: View): Outcome {
  const read = readUp(text)
  if (!read.ok) return 'error'
  must('frame' in read, 'batches are not made')
  const { frame } = read
  must(frame.messageType !== 'JOIN' && frame.messageType !== 'LEAVE', 'these are not made')
  must(frame.messageType !== 'SYNC', 'these are not made')
  const effects = translateUp(frame, view)
  for (const stanza of stanzasOf(effects)) checkText(frame, readAgain(stanza))
  checkPushed(effects, view)
  return oneOutcome(effects, frame)
}

test(
  '[TR120] whatever a client sends becomes one stanza, the same tree to a second parser, or one ERROR',
  () => {
    const counts = { stanza: 0, error: 0, answer: 0 }
    const views = [newView('simple'), newView('sequenced')]
    const property = fc.property(hostileFrame, fc.constantFrom(...views), (text, view) => {
      counts[sendUp(text, view)] += 1
    })
    fc.assert(property, { numRuns: 100_000 })
    // That it says something: both ways out are taken often.
    expect(counts.stanza).toBeGreaterThan(20_000)
    expect(counts.error).toBeGreaterThan(20_000)
  },
  LONG_MS,
)

function hear(stanza: Element, mode: View['mode']): boolean {
  const view = newView(mode)
  const effects = translateStanza(stanza, view)
  checkPushed(effects, view)
  for (const answer of stanzasOf(effects)) readAgain(answer)
  for (const patch of effects.contacts ?? []) view.contacts.apply(patch)
  return (effects.push ?? []).length > 0 || effects.archived !== undefined
}

test(
  '[TR121] whatever the server sends, frames are as described and within the limit, answers well-formed',
  () => {
    let told = 0
    const property = fc.property(hostileStanza, modes, (stanza, mode) => {
      if (hear(stanza, mode)) told += 1
    })
    fc.assert(property, { numRuns: 20_000 })
    expect(told).toBeGreaterThan(2000)
  },
  LONG_MS,
)

test('[TR122] no tree makes it throw', () => {
  fc.assert(
    fc.property(hostileTree, modes, (stanza, mode) => void hear(stanza, mode)),
    { numRuns: 10_000 },
  )
})

test('[TR122] nor one that is very deep', () => {
  const deep = (name: string) => `<${name}>${'<a>'.repeat(2000)}${'</a>'.repeat(2000)}</${name}>`
  for (const name of ['message', 'presence', 'iq']) {
    expect(hear(readXml(deep(name)), 'sequenced')).toBe(false)
  }
  expect(
    hear(readXml(`<message from="jose@example.org"><body>hi</body>${deep('x')}</message>`), 'sequenced'),
  ).toBe(true)
})
