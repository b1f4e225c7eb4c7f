import { expect, test } from 'vitest'
import { replacer, WorkersKeepEnding } from '../../local/replacements.ts'
import { FakeClock } from '../support/fake-clock.ts'

function subject() {
  const clock = new FakeClock()
  const said: string[] = []
  let started = 0
  const start = async () => void (started += 1)
  const replace = replacer({ start, say: text => said.push(text), clock })
  return { clock, said, replace, started: () => started }
}

test('[RP1] for a worker that ended unasked another is started, and it is said how the first one ended', async () => {
  const { replace, said, started } = subject()
  await replace({ id: 'w-1' }, null)
  await replace({ id: 'w-2' }, 7)
  expect(started()).toBe(2)
  expect(said).toEqual([
    expect.stringMatching(/w-1 .*\(killed\)/),
    expect.stringMatching(/w-2 .*\(exit code 7\)/),
  ])
})

test('[RP2] the sixth within a minute is not replaced: they have a fault in common', async () => {
  const { replace, started, clock } = subject()
  for (let count = 0; count < 5; count += 1) await replace({ id: 'w' }, 1)
  await expect(replace({ id: 'w' }, 1)).rejects.toThrow(WorkersKeepEnding)
  expect(started()).toBe(5)
  clock.advance(60_000)
  await replace({ id: 'w' }, 1)
  expect(started()).toBe(6)
})

test('[RP3] what keeps the other from starting is told', async () => {
  const start = () => Promise.reject(new Error('a typing error'))
  const replace = replacer({ start, say: () => undefined, clock: new FakeClock() })
  await expect(replace({ id: 'w' }, 1)).rejects.toThrow('a typing error')
})
