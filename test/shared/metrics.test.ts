import { expect, test } from 'vitest'
import { dimensionOf, metrics, NAMESPACE, noMeter, unitOf, type MetricName } from '../../shared/metrics.ts'

const names = Object.keys(metrics) as MetricName[]

test('[MT1] names are what CloudWatch takes, and each says what it means', () => {
  expect(NAMESPACE).toMatch(/^[A-Z]\w*$/)
  for (const name of names) {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/)
    expect(metrics[name].doc).toMatch(/^.{10,}[.]$/)
  }
})

test('[MT2] what is timed is in milliseconds, and everything else is a count', () => {
  for (const name of names) expect(unitOf(name)).toBe(name.endsWith('Ms') ? 'Milliseconds' : 'Count')
})

test('[MT3] a further dimension is told of the metrics that have one', () => {
  expect(dimensionOf('LoginFailures')).toBe('code')
  expect(dimensionOf('HandoffMs')).toBe('call')
  expect(dimensionOf('Sessions')).toBeUndefined()
})

test('[MT4] a meter that measures nothing takes everything', () => {
  noMeter.count('LoginFailures', 1, 'tls')
  noMeter.time('HandoffMs', 3, 'frames')
  expect(noMeter.gauge('Sessions', 1)).toBeUndefined()
})
