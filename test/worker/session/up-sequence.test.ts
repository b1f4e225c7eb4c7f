import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../shared/wire/codes.ts'
import type { DownFrame } from '../../../shared/wire/down.ts'
import type { Turn } from '../../../worker/session/desk.ts'
import { UpSequence } from '../../../worker/session/up-sequence.ts'

const message = (seq: number, more: object = {}) => ({
  messageType: 'NEW_MESSAGE',
  seq,
  id: `m${seq}`,
  to: 'jose',
  content: `text ${seq}`,
  ...more,
})

/** What is done with frames: all are taken but those whose ids are refused here. */
class Desk {
  readonly turns: Turn[] = []
  readonly refusals = new Map<string, ErrorCode>()

  readonly handle = (turn: Turn) => {
    const { id } = turn.frame
    const code = this.refusals.get(id ?? '')
    if (code !== undefined)
      return { kind: 'refused', error: { messageType: 'ERROR', id, code, message: '' } } as const
    this.turns.push(turn)
    return { kind: 'taken' } as const
  }

  readonly charge = () => undefined

  get seqs() {
    return this.turns.map(({ seq }) => seq)
  }
}

function setUp(known = true) {
  const desk = new Desk()
  const up = new UpSequence(known)
  const offer = (frames: readonly unknown[], nowMs = 0) => up.offer(frames, nowMs, desk)
  return { desk, up, offer }
}

const error = (code: ErrorCode, id: string) => ({ messageType: 'ERROR', code, id }) satisfies object

test('[US1] frames are taken in order, each once, and what comes again is only acknowledged again', () => {
  const { desk, up, offer } = setUp()
  expect(offer([message(1), message(2)])).toEqual({ answers: [], repeated: false })
  expect(offer([message(2), message(3)])).toEqual({ answers: [], repeated: true })
  expect(desk.seqs).toEqual([1, 2, 3])
  expect(up.last).toBe(3)
  expect(up.acked).toBe(0)
})

test('[US2] the same seq under another id is a conflict that takes no place', () => {
  const { up, offer } = setUp()
  offer([message(1)])
  expect(offer([message(1, { id: 'other' })]).answers).toMatchObject([
    { frame: error('seq-conflict', 'other'), seq: undefined },
  ])
  expect(up.last).toBe(1)
})

test('[US3] what is early waits for its turn; after 2 s it is dropped and the client is asked', () => {
  const { desk, up, offer } = setUp()
  offer([message(3), message(2)], 10)
  expect(up.holdUntilMs).toBe(2010)
  offer([message(1)], 1000)
  expect(desk.seqs).toEqual([1, 2, 3])
  expect(up.holdUntilMs).toBeUndefined()
  offer([message(5)], 3000)
  expect(up.expire(4999)).toBeUndefined()
  expect(up.expire(5000)).toEqual({ messageType: 'SYNC', ack: 3 })
  offer([message(4), message(5)], 5001)
  expect(desk.seqs).toEqual([1, 2, 3, 4, 5])
})

test('[US4] no more than 64 frames wait', () => {
  const { desk, offer } = setUp()
  offer(Array.from({ length: 100 }, (_, index) => message(index + 2)))
  offer([message(1)])
  expect(desk.seqs.length).toBe(65)
})

test('[US5] a request or a state is handled at once and has no place', () => {
  const { desk, up, offer } = setUp()
  offer([{ messageType: 'GET_CONTACTS', id: 'r' }, message(2), { messageType: 'PING', seq: 9 }])
  expect(desk.turns.map(({ frame }) => frame.messageType)).toEqual(['GET_CONTACTS', 'PING'])
  expect(up.last).toBe(0)
})

test('[US6] a frame that cannot be read takes its own place and no other', () => {
  const { desk, up, offer } = setUp()
  const { answers } = offer([message(1), { seq: 2, id: 'm2', messageType: 'WINK' }, message(3)])
  expect(answers).toMatchObject([{ frame: error('unknown-type', 'm2'), seq: 2 }])
  expect(desk.seqs).toEqual([1, 3])
  expect(up.settle([1, 3])).toBe(true)
  expect(up.acked).toBe(3)
})

test.each([
  ['without a seq', { ...message(1), seq: undefined }],
  ['without an id', { ...message(1), id: undefined }],
  ['with a part beyond the last', message(1, { part: [3, 2] })],
])('[US7] a message %s is a bad frame', (_name, frame) => {
  const { answers } = setUp().offer([frame])
  expect(answers).toMatchObject([{ frame: { messageType: 'ERROR', code: 'bad-frame' } }])
})

test('[US8] a permanent refusal takes its place, counts as acknowledged, and is said again when the frame comes again', () => {
  const { desk, up, offer } = setUp()
  desk.refusals.set('m1', 'bad-address')
  const refusal = { frame: error('bad-address', 'm1'), seq: 1 }
  expect(offer([message(1), message(2)]).answers).toMatchObject([refusal])
  expect(up.acked).toBe(1)
  desk.refusals.clear()
  expect(offer([message(1)]).answers).toMatchObject([refusal])
  expect(desk.seqs).toEqual([2])
})

test.each(['rate-limited', 'try-again'] as const)(
  '[US9] after %s the frame and all behind it are dropped until it comes again',
  code => {
    const { desk, up, offer } = setUp()
    desk.refusals.set('m2', code)
    const { answers } = offer([message(4), message(1), message(2), message(3)])
    expect(answers).toMatchObject([{ frame: error(code, 'm2'), seq: undefined }])
    offer([message(5)])
    expect([up.last, up.holdUntilMs]).toEqual([1, undefined])
    desk.refusals.clear()
    offer([message(2), message(3), message(4)])
    expect(desk.seqs).toEqual([1, 2, 3, 4])
  },
)

test('[US10] acknowledgements may come out of turn; told is only what has no hole', () => {
  const { up, offer } = setUp()
  offer([message(1), message(2), message(3)])
  expect(up.settle([3, 2])).toBe(false)
  expect(up.acked).toBe(0)
  expect(up.settle([1])).toBe(true)
  expect(up.acked).toBe(3)
  expect(up.settle([4])).toBe(false)
})

test('[US11] parts of a long text come in any order under one seq, and what is behind them waits', () => {
  const { desk, offer } = setUp()
  const part = (index: number, content: string) => message(1, { content, part: [index, 3] })
  offer([part(3, 'c'), message(2)])
  offer([part(1, 'a'), part(1, 'a')])
  expect(desk.turns).toEqual([])
  offer([part(2, 'b')])
  expect(desk.seqs).toEqual([1, 2])
  expect(desk.turns[0]?.frame).toMatchObject({ id: 'm1', content: 'abc' })
  expect(desk.turns[0]?.frame).not.toHaveProperty('part')
})

test('[US12] a successor that knows nothing takes nothing of the sequence, and asks', () => {
  const { desk, up, offer } = setUp(false)
  const { answers } = offer([message(7), { messageType: 'GET_CONTACTS', id: 'r' }])
  expect(answers).toEqual([{ frame: { messageType: 'SYNC' }, seq: undefined }])
  expect(desk.seqs).toEqual([undefined])
  expect(up.position({ from: 7, sent: 8 }, 1)).toEqual({ ack: 6, answers: [] })
  offer([message(7), message(8), message(9)])
  expect(desk.turns.slice(1).map(({ seq, suspect }) => [seq, suspect])).toEqual([
    [7, true],
    [8, true],
    [9, false],
  ])
})

test('[US13] a SYNC in a batch holds for the frames behind it', () => {
  const { desk, up } = setUp(false)
  const frames = [{ messageType: 'SYNC', ack: 0, from: 5, sent: 5 }, message(5)]
  const handle = (turn: Turn) => {
    if (turn.frame.messageType === 'SYNC') up.position(turn.frame, 1)
    return desk.handle(turn)
  }
  up.offer(frames, 0, { handle, charge: desk.charge })
  expect(desk.seqs).toEqual([undefined, 5])
})

test('[US14] a client that may have missed a refusal hears it again, and the acknowledgement waits for that', () => {
  const { desk, up, offer } = setUp()
  desk.refusals.set('m2', 'bad-address')
  offer([message(1), message(2), message(3)])
  up.settle([1, 3])
  expect(up.acked).toBe(3)
  const heard = up.position({ from: 2, sent: 3 }, 1)
  expect(heard).toMatchObject({ ack: 1, answers: [{ frame: error('bad-address', 'm2'), seq: 2 }] })
  expect(up.position({ from: 4, sent: 3 }, 1)).toEqual({ ack: 3, answers: [] })
})

test('[US15] an unsure end of a message is told before its acknowledgement, and again like a refusal', () => {
  const { up, offer } = setUp()
  offer([message(1)])
  const unsure: DownFrame = { messageType: 'STATE', id: 'm1', state: 'unsure' }
  expect(up.answered(unsure)).toBe(1)
  expect(up.answered({ messageType: 'STATE', id: 'old', state: 'unsure' })).toBeUndefined()
  up.settle([1])
  expect(offer([message(1)]).answers).toEqual([{ frame: unsure, seq: 1 }])
})

test('[US16] a handover carries all that a successor needs', () => {
  const before = setUp()
  before.desk.refusals.set('m2', 'too-large')
  before.offer([message(1), message(2), message(3)])
  const after = setUp(false)
  after.up.start(before.up.handover())
  expect([after.up.known, after.up.last, after.up.acked]).toEqual([true, 3, 0])
  expect(after.offer([message(2)]).answers).toMatchObject([{ frame: error('too-large', 'm2'), seq: 2 }])
  expect(after.offer([message(3, { id: 'x' })]).answers).toMatchObject([
    { frame: error('seq-conflict', 'x') },
  ])
  after.up.settle([1])
  expect(after.up.acked).toBe(2)
})

test('[US17] a client knows better than a worker what it was told', () => {
  const { up } = setUp()
  expect(up.position({ from: 12, sent: 15 }, 1)).toEqual({ ack: 11, answers: [] })
  expect(up.last).toBe(11)
})

test('[US18] what a client told before it knew of this worker does not count: it is asked again', () => {
  const { desk, up, offer } = setUp(false)
  expect(up.position({ from: 3, sent: 2, epoch: 6 }, 7)).toEqual({
    ack: 2,
    answers: [{ frame: { messageType: 'SYNC' }, seq: undefined }],
  })
  offer([message(3)])
  expect(desk.seqs).toEqual([])
  up.position({ from: 3, sent: 3, epoch: 7 }, 7)
  offer([message(3)])
  expect(desk.turns).toMatchObject([{ seq: 3, suspect: true }])
})

test('[US24] what an earlier worker may have sent is gathered when the last of it has come again', () => {
  const { up, offer } = setUp(false)
  up.position({ from: 3, sent: 5 }, 1)
  offer([message(3), message(4)])
  expect(up.gathered).toBe(false)
  const heir = setUp(false)
  heir.up.start(up.handover())
  expect(heir.up.gathered).toBe(false)
  for (const each of [{ up, offer }, heir]) {
    each.offer([message(5)])
    expect(each.up.gathered).toBe(true)
  }
  expect(setUp().up.gathered).toBe(true)
})
