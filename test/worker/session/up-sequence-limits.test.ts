import { expect, test } from 'vitest'
import type { Turn } from '../../../worker/session/desk.ts'
import { UpSequence } from '../../../worker/session/up-sequence.ts'

const message = (seq: number) => ({
  messageType: 'NEW_MESSAGE',
  seq,
  id: `m${seq}`,
  to: 'jose',
  content: `text ${seq}`,
})

/** Takes all that it is given, and answers what it is not given as long as it has tokens. */
class Desk {
  readonly seqs: unknown[] = []
  tokens = Infinity

  readonly handle = ({ seq }: Turn) => {
    this.seqs.push(seq)
    return { kind: 'taken' } as const
  }

  readonly charge = () => {
    this.tokens -= 1
    return this.tokens < 0
      ? ({ messageType: 'ERROR', code: 'rate-limited', message: '' } as const)
      : undefined
  }
}

function setUp(known = true) {
  const desk = new Desk()
  const up = new UpSequence(known)
  return { desk, up, offer: (frames: readonly unknown[]) => up.offer(frames, 0, desk) }
}

const limited = { frame: { messageType: 'ERROR', code: 'rate-limited' }, seq: undefined }

test('[US19] what cannot be read costs a token, and of all that is too much in a batch one ERROR tells', () => {
  const { desk, offer } = setUp()
  desk.tokens = 2
  const { answers } = offer(Array.from({ length: 512 }, () => ({})))
  expect(answers).toMatchObject([
    { frame: { code: 'bad-frame' }, seq: undefined },
    { frame: { code: 'bad-frame' }, seq: undefined },
    limited,
  ])
  expect(offer(Array.from({ length: 512 }, () => ({})))).toMatchObject({ answers: [limited] })
})

test('[US21] without a token an unreadable frame takes no place, and takes it when it comes again', () => {
  const { desk, up, offer } = setUp()
  desk.tokens = 0
  const frames = [message(1), { seq: 2, id: 'm2', messageType: 'WINK' }, message(3)]
  expect(offer(frames)).toMatchObject({ answers: [limited] })
  expect([up.last, desk.seqs]).toEqual([1, [1]])
  desk.tokens = 1
  expect(offer(frames.slice(1)).answers).toMatchObject([
    { frame: { code: 'unknown-type', id: 'm2' }, seq: 2 },
  ])
  expect(desk.seqs).toEqual([1, 3])
})

test.each([
  ['the same refused frame', () => ({ seq: 1 })],
  ['conflicts', (index: number) => ({ seq: 1, id: `x${index}` })],
  ['frames of a sequence without a token', (index: number) => ({ seq: 2, id: `x${index}` })],
])('[US22] a batch of %s draws no more answers than there are tokens, and one', (_name, frame) => {
  const { desk, offer } = setUp()
  offer([{ seq: 1 }])
  desk.tokens = 0
  expect(offer(Array.from({ length: 512 }, (_, index) => frame(index)))).toMatchObject({ answers: [limited] })
})

test('[US23] what was refused and comes again is answered once in a batch; who does not know asks once', () => {
  const { offer } = setUp()
  offer([{ seq: 1 }])
  expect(offer([{ seq: 1 }, { seq: 1 }]).answers).toMatchObject([{ frame: { code: 'bad-frame' }, seq: 1 }])
  const { answers } = setUp(false).offer([message(7), message(8)])
  expect(answers).toEqual([{ frame: { messageType: 'SYNC' }, seq: undefined }])
})
