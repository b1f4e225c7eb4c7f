import { expect, test } from 'vitest'
import { KnownFeatures } from '../../worker/features.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('[KF1] features are unknown until one session has learned them', () => {
  const features = new KnownFeatures(new FakeClock())
  expect(features.current).toBeUndefined()
  features.learn({ archive: true, clientStateSafe: true })
  expect(features.current).toEqual({ archive: true, clientStateSafe: true })
})

test('[KF2] after five minutes they are asked for again, and what is learned then counts', () => {
  const clock = new FakeClock()
  const features = new KnownFeatures(clock)
  features.learn({ archive: true, clientStateSafe: true })
  clock.advance(5 * 60_000)
  expect(features.current).toBeUndefined()
  features.learn({ archive: false, clientStateSafe: false })
  expect(features.current).toEqual({ archive: false, clientStateSafe: false })
})
