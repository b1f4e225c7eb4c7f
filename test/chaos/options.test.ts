import { expect, test } from 'vitest'
import { BadOptions, readOptions } from './options.ts'

test('[CO1] without options it is the mixed profile on Prosody, in its own size', () => {
  expect(readOptions([])).toEqual({
    profile: 'mixed',
    server: 'prosody',
    seed: 1,
    minutes: 10,
    users: 40,
    rate: 20,
    quiet: 120,
    out: '.local/chaos/mixed-prosody-1',
  })
})

test('[CO2] all of it can be chosen', () => {
  const args =
    '--profile kills --server ejabberd --seed 7 --minutes 0.5 --users 6 --rate 9 --quiet 30 --out /tmp/x'.split(
      ' ',
    )
  expect(readOptions(args)).toEqual({
    profile: 'kills',
    server: 'ejabberd',
    seed: 7,
    minutes: 0.5,
    users: 6,
    rate: 9,
    quiet: 30,
    out: '/tmp/x',
  })
})

test.each([
  ['--profile', 'nothing'],
  ['--users', '1'],
  ['--minutes', 'x'],
  ['--seed', '1.5'],
  ['--colour', 'red'],
])('[CO3] %s %s is refused with a reason', (...args) => {
  expect(() => readOptions(args)).toThrow(BadOptions)
})
