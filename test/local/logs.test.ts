import { expect, test } from 'vitest'
import { warningIn } from '../../local/logs.ts'

test.each([
  [
    { level: 40, msg: 'a push failed', err: { type: 'Error', message: 'timed out' } },
    'a push failed: timed out',
  ],
  [{ level: 50, msg: 'the worker cannot start' }, 'the worker cannot start'],
  [
    { level: 'warn', event: 'push.unreachable', error: 'DialFailed: w-1' },
    'push.unreachable: DialFailed: w-1',
  ],
  [{ level: 'error', event: 'join.unsettled' }, 'join.unsettled'],
])('[LO1] a warning of a worker or a function is shown in its words: %o', (line, words) => {
  expect(warningIn(JSON.stringify(line))).toBe(words)
})

test.each(['{"level":30,"msg":"open"}', '{"level":"info","event":"join.joined"}', 'Lua 5.4', '{}', '"warn"'])(
  '[LO2] any other line is for the files: %s',
  line => {
    expect(warningIn(line)).toBeUndefined()
  },
)
