import { expect, test } from 'vitest'
import { errorFacts, jsonLogger, nameTag, printable } from '../../functions/log.ts'

test('[LG1] a line is one JSON object with the level, the event and all facts', () => {
  const lines: string[] = []
  const log = jsonLogger('info', line => lines.push(line))
    .with({ traceId: 't' })
    .with({ connectionId: 'c' })
  log.warn('happened', { count: 2, gone: undefined })
  expect(lines).toEqual(['{"level":"warn","event":"happened","traceId":"t","connectionId":"c","count":2}'])
})

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
  ['silent', []],
] as const)('[LG2] at level %s these are written: %o', (level, written) => {
  const levels: string[] = []
  const log = jsonLogger(level, line => levels.push((JSON.parse(line) as { level: string }).level))
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  expect(levels).toEqual(written)
})

test('[LG3] what others chose stays one short line of ASCII', () => {
  expect(printable('a\r\n\u001b[31m\u009bx\u2028é😀')).toBe(
    'a\\u{d}\\u{a}\\u{1b}[31m\\u{9b}x\\u{2028}\\u{e9}\\u{1f600}',
  )
  expect(printable('x'.repeat(10_000))).toHaveLength(200)
})

test('[LG4] a name is shown as a tag that is the same for the same name', () => {
  expect(nameTag('sergio')).toMatch(/^[0-9a-f]{12}$/)
  expect(nameTag('sergio')).toBe(nameTag('sergio'))
  expect(nameTag('sergio')).not.toBe(nameTag('jose'))
})

test('[LG5] an error is told with its code and its causes', () => {
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  const error = new TypeError('failed', { cause })
  expect(errorFacts(error)).toEqual({ error: 'TypeError: failed < Error (ECONNREFUSED): connect refused' })
  expect(errorFacts('text\n')).toEqual({ error: 'text\\u{a}' })
})
