import { expect, test } from 'vitest'
import type { Setting } from '../../shared/setting.ts'
import { settings } from '../../shared/settings.ts'

const all = Object.entries(settings) as [string, Setting][]

test.each(all)(
  '[SG1] %s is named like an environment variable, documented, and read by somebody',
  (name, setting) => {
    expect(name).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    expect(setting.doc).toMatch(/^.{5,}[.)]$/s)
    expect(setting.readBy.length).toBeGreaterThan(0)
    expect(new Set(setting.readBy).size).toBe(setting.readBy.length)
  },
)

test.each(all)('[SG2] the default of %s is a value that it takes', (_, setting) => {
  if (setting.kind === 'number') {
    expect(Number.isInteger(setting.default)).toBe(true)
    expect(setting.default).toBeGreaterThanOrEqual(setting.from)
    expect(setting.default).toBeLessThanOrEqual(setting.to)
  }
  if (setting.kind === 'choice' && setting.default !== undefined)
    expect(setting.choices).toContain(setting.default)
})

test.each(all.filter(([name]) => name.endsWith('_MS') || name.endsWith('_BYTES')))(
  '[SG3] the unit in the name of %s is the unit that is told',
  (name, setting) => {
    expect(setting).toMatchObject({ kind: 'number', unit: name.endsWith('_MS') ? 'ms' : 'bytes' })
  },
)

test('[SG4] who makes accounts is for a deployment to choose', () => {
  expect(settings.REGISTRATION.default).toBeUndefined()
})

test('[SG5] no hash is made in less time than it takes to ask, and no login outlasts the gateway', () => {
  expect(settings.BCRYPT_COST.default).toBeGreaterThanOrEqual(10)
  expect(settings.LOGIN_TIMEOUT_MS.to).toBeLessThan(29_000)
  expect(settings.MAX_FRAME_BYTES.to).toBeLessThanOrEqual(32_768)
})

test('[SG6] a lease outlasts two lost renewals, and a drain ends before ECS kills the task', () => {
  expect(settings.LEASE_MS.default).toBeGreaterThanOrEqual(3 * settings.RENEW_MS.default)
  expect(settings.DRAIN_MS.to).toBeLessThan(120_000)
})
