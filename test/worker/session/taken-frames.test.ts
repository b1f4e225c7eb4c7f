import { expect, test } from 'vitest'
import type { DownFrame } from '../../../shared/wire/down.ts'
import type { Desk } from '../../../worker/session/desk.ts'
import { TakenFrames } from '../../../worker/session/taken-frames.ts'

const desk: Desk = { handle: () => ({ kind: 'taken' }), charge: () => undefined }
const refusal: DownFrame = { messageType: 'ERROR', id: 'm1', code: 'bad-address', message: '' }

test('[TF1] the last 256 frames are remembered, so one that is older and comes again is told nothing', () => {
  const taken = new TakenFrames()
  for (let seq = 1; seq <= 256; seq += 1) taken.remember(seq, `m${seq}`, seq === 1 ? refusal : undefined)
  expect(taken.again(1, 'm1', desk)).toEqual([{ seq: 1, frame: refusal }])
  taken.remember(257, 'm257')
  expect(taken.again(1, 'm1', desk)).toEqual([])
  expect(taken.again(2, 'another', desk)).toMatchObject([{ frame: { code: 'seq-conflict' } }])
})

test('[TF2] an answer is about the frame that was taken last under its id', () => {
  const taken = new TakenFrames()
  for (const seq of [1, 2]) taken.remember(seq, 'm1')
  expect(taken.answered(refusal)).toBe(2)
  expect(taken.answersBehind(0)).toEqual([{ seq: 2, frame: refusal }])
  expect(taken.answered({ ...refusal, id: 'm3' })).toBeUndefined()
  expect(taken.answered({ ...refusal, id: undefined })).toBeUndefined()
})
