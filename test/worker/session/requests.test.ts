import { expect, test } from 'vitest'
import type { Archived } from '../../../worker/translate/effects.ts'
import { Requests } from '../../../worker/session/requests.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const roster = { kind: 'roster', resumed: false } as const
const history = { kind: 'history', frameId: 'h1', queryId: 'q' } as const
const entry: Archived = { frame: undefined, own: undefined }

test('[RQ1] a request without an answer times out after 30 s, once; an answered one never', () => {
  const clock = new FakeClock()
  const timedOut: unknown[] = []
  const requests = new Requests(clock, request => timedOut.push(request))
  requests.add('1', undefined, roster)
  requests.add('2', 'localhost', { kind: 'carbons' })
  expect(requests.find('2')?.to).toBe('localhost')
  requests.close('2')
  clock.advance(29_999)
  expect(timedOut).toEqual([])
  clock.advance(1)
  expect(timedOut).toEqual([roster])
  expect(clock.pending).toBe(0)
})

test('[RQ2] abandoned requests leave no timer behind', () => {
  const clock = new FakeClock()
  const requests = new Requests(clock, () => expect.unreachable())
  requests.add('1', undefined, roster)
  expect(requests.abandon()).toEqual([roster])
  expect(clock.pending).toBe(0)
})

test('[RQ3] entries are collected for an open archive query alone, 256 at most, and counted by kind', () => {
  const requests = new Requests(new FakeClock(), () => expect.unreachable())
  requests.add('q', undefined, history)
  requests.add('r', undefined, roster)
  for (let number = 0; number < 300; number += 1) requests.collect('q', entry)
  requests.collect('r', entry)
  requests.collect('x', entry)
  expect(requests.collected('q')?.length).toBe(256)
  expect([requests.collected('r'), requests.collected('x')]).toEqual([undefined, undefined])
  expect(requests.count('history')).toBe(1)
  requests.close('q')
  expect([requests.collected('q'), requests.count('history')]).toEqual([undefined, 0])
})
