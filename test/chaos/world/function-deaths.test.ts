import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FunctionCrashed } from '../../../local/functions/errors.ts'
import { startFunctions } from '../../../local/functions/pool.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { FunctionDeaths, mortal } from './function-deaths.ts'
import type { MortalCall } from './mortal-call.ts'

/** Prints what it was called with, and answers it with a number that only grows in the same process. */
const COUNTER = `
  let calls = 0
  export const handler = async event => {
    console.log(process.env.OWN + ' did ' + event.name)
    calls += 1
    if (event.name === 'failed') throw new Error('by itself')
    return { event, calls }
  }`

test('[CW5] a function dies when all is done and nobody has heard so, once in its time; the next call has a process of its own', async () => {
  const file = join(await temporaryFolder(), 'counter.mjs')
  await writeFile(file, COUNTER)
  const lines: string[] = []
  const handlers = { $connect: file, $default: file, $disconnect: file }
  const pool = await startFunctions({ ...mortal(handlers, { OWN: 'it' }), log: line => lines.push(line) })
  onTestFinished(() => pool.stop())
  const clock = new FakeClock()
  const deaths = new FunctionDeaths(clock)
  const invoke = deaths.among(pool.invoke)
  const call = (name: string) => invoke('$default', { name })

  expect(await invoke('$connect', { name: '' })).toMatchObject({ calls: 1 })
  const lasting = deaths.begin(2000)
  expect(await invoke('$connect', { name: '' })).toMatchObject({ calls: 2 })
  await expect(call('a')).rejects.toThrow(FunctionCrashed)
  await vi.waitUntil(() => lines.includes('it did a'))
  expect(await call('b')).toEqual({ event: { name: 'b' }, calls: 1 })
  clock.advance(1999)
  expect(await call('c')).toMatchObject({ calls: 2 })
  clock.advance(1)
  await expect(call('d')).rejects.toThrow(FunctionCrashed)
  clock.advance(2000)
  await expect(call('failed')).rejects.toThrow('by itself')
  expect(deaths.end(lasting)).toBe(2)
  clock.advance(2000)
  expect(await call('e')).toMatchObject({ calls: 2 })
})

test('[CW10] of two times in which functions die the end of the first does not end the second, and each counts its own', async () => {
  const clock = new FakeClock()
  const deaths = new FunctionDeaths(clock)
  const invoke = deaths.among(async (_route, event) => {
    if ((event as MortalCall).dies) throw new FunctionCrashed('default', 'killed')
  })
  const dies = async () =>
    invoke('$default', {}).then(
      () => false,
      () => true,
    )

  const slow = deaths.begin(4000)
  expect(await dies()).toBe(true)
  clock.advance(2000)
  const fast = deaths.begin(2000)
  expect([await dies(), await dies()]).toEqual([true, false])
  expect(deaths.end(slow)).toBe(2)
  clock.advance(2000)
  expect(await dies()).toBe(true)
  expect(deaths.end(fast)).toBe(2)
  clock.advance(2000)
  expect(await dies()).toBe(false)
  deaths.begin(2000)
  deaths.heal()
  expect(await dies()).toBe(false)
})
