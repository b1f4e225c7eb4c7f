import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../shared/clock.ts'
import { HeapProbe, mostGrown, type Heaps } from './heap.ts'

/** When told to, takes 4 MB more and lets go of 8. */
const PROGRAM = `
  process.stdin.on('data', () => {
    globalThis.held = Buffer.alloc(4 * 1024 * 1024)
    Buffer.alloc(8 * 1024 * 1024)
    console.log('done')
  })
  console.log('ready')
`
const MB = 1024 * 1024

test('[CW2] a probe tells by how much a process has grown, without what it has let go of', async () => {
  const probe = new HeapProbe(systemClock)
  const child = spawn(process.execPath, ['--eval', PROGRAM], { env: { ...process.env, ...probe.env } })
  onTestFinished(() => void child.kill())
  const lines = createInterface(child.stdout)
  await once(lines, 'line')
  lines.on('line', line => probe.hear(line))
  const pids = [child.pid ?? 0]
  const before = await probe.ask(pids)
  child.stdin.write('now')
  await once(lines, 'line')
  const grown = mostGrown(before, await probe.ask(pids))
  expect(grown).toBeGreaterThan(3.5 * MB)
  expect(grown).toBeLessThan(5 * MB)
})

test('[CW3] of several workers the one counts that grew most; one that did not answer twice says nothing', () => {
  const before: Heaps = new Map([
    [1, 10],
    [2, 10],
    [3, 10],
  ])
  const after: Heaps = new Map([
    [1, 12],
    [2, 15],
    [4, 99],
  ])
  expect(mostGrown(before, after)).toBe(5)
  expect(mostGrown(before, new Map())).toBeUndefined()
})
