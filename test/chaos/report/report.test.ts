import { describe, expect, test } from 'vitest'
import { check } from '../check/check.ts'
import type { Entry } from '../history/entry.ts'
import type { SessionWrite } from '../history/session-write.ts'
import { asHtml } from './html.ts'
import { asText, reportOf, type Run } from './report.ts'

const base = { wall: 0, client: 'u1' }
const sent: readonly Entry[] = [
  { ...base, at: 1000, kind: 'send', key: 'u1>u2#1', to: 'u2', session: 's_1' },
  { ...base, at: 1010, kind: 'state', key: 'u1>u2#1', state: 'sent' },
]
const shown: Entry = { ...base, at: 1020, client: 'u2', kind: 'display', key: 'u1>u2#1' }

function runOf(history: readonly Entry[], change: Partial<Run> = {}): Run {
  const strikes = [{ fault: { kind: 'kill', place: 1 }, beginAt: 900, endAt: 1500, note: '<w-1>' }] as const
  return {
    options: {
      profile: 'kills',
      server: 'prosody',
      seed: 3,
      minutes: 1,
      users: 2,
      rate: 5,
      quiet: 120,
      out: 'out',
    },
    about: 'workers die',
    startedAt: '2026-01-02T03:04:05.000Z',
    plan: [],
    strikes,
    beganAt: 0,
    endedAt: 60_000,
    rested: true,
    storeWrites: { leases: 30, others: 3 },
    heap: undefined,
    workersLost: [],
    verdict: check(history, strikes),
    ...change,
  }
}

describe('a report', () => {
  test('[CR1] without a violation it has passed, and names its figures and targets', () => {
    const report = reportOf(runOf([...sent, shown]))
    expect(report.passed).toBe(true)
    expect(report.figures.find(({ name }) => name === 'delivery around kill, p99')).toMatchObject({
      value: 20,
      reached: true,
    })
    expect(asText(report)).toContain('Passed')
  })

  test('[CR2] a violation, a run that never came to rest, or a worker that crashed has failed', () => {
    const lost = reportOf(runOf(sent))
    expect(lost).toMatchObject({ passed: false, broken: { lost: 1, doubled: 0 } })
    expect(asText(lost)).toContain('u1>u2#1 was acknowledged and u2 never saw it')
    expect(reportOf(runOf([...sent, shown], { rested: false })).passed).toBe(false)
    expect(reportOf(runOf([...sent, shown], { workersLost: ['worker 1'] })).passed).toBe(false)
  })

  test('[CR3] the page stands alone, marks the faults, and shows nothing unescaped', () => {
    const run = runOf([...sent, shown])
    const page = asHtml(run, reportOf(run))
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|<w-1>/)
    expect(page).toContain('SIGKILL of worker 1: &#60;w-1&#62;')
    expect(page.match(/<circle/g)).toHaveLength(1)
    expect(page).toContain('npm run test:chaos -- --profile kills --server prosody --seed 3')
  })

  test('[CR4] a run in which nothing could be said has a report all the same', () => {
    const run = runOf([])
    expect(asHtml(run, reportOf(run))).toContain('</html>')
  })

  test('[CR5] what a stale owner brought about counts at its client and at the store alike', () => {
    const at = { wall: 0, client: 'u2', at: 1015 }
    const joined: Entry = {
      ...at,
      kind: 'joined',
      socket: 1,
      session: 's_1',
      epoch: 2,
      stream: 1,
      resumed: true,
    }
    const batch: Entry = { ...at, kind: 'batch', socket: 1, epoch: 1, stream: 1, keys: ['u1>u2#1'] }
    const write: SessionWrite = { at: 1000, wall: 0, by: 'a', session: 's_1', taken: true, kind: 'change' }
    const verdict = check([...sent, joined, batch, shown], [], new Set(), [write])
    const { figures } = reportOf(runOf([], { verdict }))
    expect(figures.find(({ name }) => name === 'effects of a stale owner')).toMatchObject({
      value: 2,
      reached: false,
    })
  })

  test('[CR7] a fault that could not be made has shown nothing, so the run has failed', () => {
    const strike = { fault: { kind: 'xmpp-restart' }, beginAt: 900, endAt: 1500, note: 'no' } as const
    const made = reportOf(runOf([...sent, shown], { strikes: [strike] }))
    expect(made.passed).toBe(true)
    const unmade = reportOf(runOf([...sent, shown], { strikes: [{ ...strike, failed: true }] }))
    expect(unmade.passed).toBe(false)
    expect(asText(unmade)).toContain('faults that could not be made: 1, and not ≤ 0')
  })

  test('[CR6] a count that is not what it must be is a failure; a time is only told', () => {
    const late = reportOf(runOf([...sent, { ...shown, at: 30_000 }]))
    expect(late.figures.find(({ name }) => name === 'delivery around kill, p99')).toMatchObject({
      reached: false,
    })
    expect(late.passed).toBe(true)
    const gap: Entry = { ...base, at: 1020, client: 'u2', kind: 'gap', reason: 'no-archive' }
    const missing = reportOf(runOf([...sent, gap]))
    expect(missing.passed).toBe(false)
    expect(asText(missing)).toContain('acknowledged and missing, and told so: 1, and not ≤ 0')
  })
})
