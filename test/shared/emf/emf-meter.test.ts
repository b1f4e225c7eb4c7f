import { expect, test } from 'vitest'
import { EmfMeter } from '../../../shared/emf/emf-meter.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Line extends Record<string, unknown> {
  readonly _aws: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly string[][]
      readonly Metrics: readonly { Name: string; Unit: string }[]
    }[]
  }
}

function setUp() {
  // Powertools warns of times that CloudWatch would not take: more than two weeks ago.
  const clock = new FakeClock(Date.now())
  const lines: Line[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Line)
  const meter = new EmfMeter({ service: 'a-stack', about: { workerId: 'w_1' }, clock, write })
  return { clock, lines, meter }
}

test('[EM1] all that has no label goes into one line, as "Specification: Embedded metric format" has it', () => {
  const { clock, lines, meter } = setUp()
  meter.count('Pushes', 2)
  meter.count('Pushes', 1)
  meter.gauge('Sessions', 7)
  meter.flush()
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: clock.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'Stanzagate',
            Dimensions: [['service']],
            Metrics: [
              { Name: 'Pushes', Unit: 'Count' },
              { Name: 'Sessions', Unit: 'Count' },
            ],
          },
        ],
      },
      service: 'a-stack',
      workerId: 'w_1',
      Pushes: 3,
      Sessions: 7,
    },
  ])
})

test('[EM2] each label has a line, and its metric is there with and without the further dimension', () => {
  const { lines, meter } = setUp()
  meter.count('LoginFailures', 1, 'tls')
  meter.count('LoginFailures', 2, 'timeout')
  meter.flush()
  expect(lines.map(line => [line['code'], line['LoginFailures']])).toEqual([
    ['tls', 1],
    ['timeout', 2],
  ])
  for (const { _aws } of lines)
    expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['service'], ['service', 'code']])
})

test('[EM3] no line has more than 100 values of a metric, and none is lost', () => {
  const { lines, meter } = setUp()
  const times = Array.from({ length: 250 }, (_, index) => index)
  for (const ms of times) meter.time('HandoffMs', ms, 'frames')
  meter.flush()
  const values = lines.map(line => [line['HandoffMs']].flat())
  expect(values.flat()).toEqual(times)
  for (const { length } of values) expect(length).toBeLessThanOrEqual(100)
  for (const line of lines) {
    expect(line['call']).toBe('frames')
    expect(line['_aws'].CloudWatchMetrics[0]).toMatchObject({
      Dimensions: [['service'], ['service', 'call']],
      Metrics: [{ Name: 'HandoffMs', Unit: 'Milliseconds' }],
    })
  }
})

test('[EM4] nothing is written when nothing was measured, nor twice', () => {
  const { lines, meter } = setUp()
  meter.flush()
  meter.count('Pushes', 1)
  meter.flush()
  meter.flush()
  expect(lines).toHaveLength(1)
})

test('[EM5] what waited long to be written has the time at which it was measured', () => {
  const { clock, lines, meter } = setUp()
  meter.count('Pushes', 1)
  const measuredAt = clock.now()
  clock.advance(3_600_000)
  meter.flush()
  expect(lines[0]?.['_aws'].Timestamp).toBe(measuredAt)
})
