import { expect, test } from 'vitest'
import { sleep, within } from '../../shared/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('[CK1] a sleep ends with its time or its signal, and leaves no timer', async () => {
  const clock = new FakeClock()
  const over = new AbortController()
  const sleeping = [sleep(clock, 10), sleep(clock, 1000, over.signal)]
  clock.advance(10)
  over.abort()
  await Promise.all(sleeping)
  await sleep(clock, 1000, over.signal)
  expect(clock.pending).toBe(0)
})

test('[CK2] work that ends in time is waited for, and leaves no timer', async () => {
  const clock = new FakeClock()
  await within(clock, 10, Promise.resolve())
  await expect(within(clock, 10, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(clock.pending).toBe(0)
})

test('[CK3] work that takes longer is not waited for', async () => {
  const clock = new FakeClock()
  const waiting = within(clock, 10, new Promise(() => undefined))
  clock.advance(10)
  await waiting
  expect(clock.pending).toBe(0)
})
