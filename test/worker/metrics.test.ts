import { expect, test } from 'vitest'
import { makeMetrics } from '../../worker/metrics.ts'
import { workerIdOf } from '../shared/stores/rows.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MINUTE_MS = 60_000
const settled = () => new Promise<void>(resolve => setImmediate(resolve))

function setUp(METRICS: '0' | '1' = '1') {
  // Powertools warns of times that CloudWatch would not take: this very minute is none of them.
  const clock = new FakeClock(Date.now() - (Date.now() % MINUTE_MS))
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const settings = { METRICS, METRICS_SERVICE: 'a-stack' }
  const { meter, report } = makeMetrics(settings, { workerId: workerIdOf('me') }, clock, write)
  const vitals = { sessions: 3, sockets: 2, ready: true }
  const life = new AbortController()
  report(() => vitals, life.signal)
  const pass = async (ms: number) => {
    clock.advance(ms)
    await settled()
  }
  return { clock, lines, meter, vitals, life, pass }
}

test('[WM1] once a minute a worker writes how it stands, and what has happened', async () => {
  const { lines, meter, vitals, pass } = setUp()
  meter.count('Pushes', 5)
  await pass(1.5 * MINUTE_MS)
  expect(lines).toMatchObject([
    { service: 'a-stack', workerId: workerIdOf('me'), Sessions: 3, Sockets: 2, ReadyWorkers: 1, Pushes: 5 },
  ])
  vitals.ready = false
  await pass(MINUTE_MS)
  expect(lines[1]).toMatchObject({ Sessions: 3, ReadyWorkers: 0 })
  expect(lines[1]).not.toHaveProperty('Pushes')
})

test('[WM2] each minute of the wall clock has one sample, be the timer late or early', async () => {
  const { clock, lines, pass } = setUp()
  const minutes: number[] = []
  for (const ms of [90_000, 60_000, 85_000, 50_000, 59_999, 60_001, 31_000, 60_000]) {
    const before = lines.length
    await pass(ms)
    if (lines.length > before) minutes.push(Math.floor(clock.now() / MINUTE_MS))
  }
  expect(new Set(minutes).size).toBe(minutes.length)
  expect(minutes.length).toBeGreaterThanOrEqual(6)
})

test('[WM3] the last minute of a worker that stops is written, and nothing after it', async () => {
  const { clock, lines, meter, life, pass } = setUp()
  meter.count('HandOvers', 4)
  life.abort()
  await settled()
  expect(lines).toMatchObject([{ HandOvers: 4 }])
  expect(lines[0]).not.toHaveProperty('Sessions')
  expect(clock.pending).toBe(0)
  await pass(10 * MINUTE_MS)
  expect(lines).toHaveLength(1)
})

test('[WM4] without METRICS nothing is kept, timed or written', async () => {
  const { clock, lines, meter, pass } = setUp('0')
  meter.count('Pushes', 1)
  expect(clock.pending).toBe(0)
  await pass(10 * MINUTE_MS)
  expect(lines).toEqual([])
})
