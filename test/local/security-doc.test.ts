import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pathOf } from '../../local/docs.ts'
import { settings } from '../../shared/settings.ts'

const DOCUMENT = 'docs/security.md'
const text = readFileSync(pathOf(DOCUMENT), 'utf8')

/** What stands between single backquotes, outside of code blocks. */
const spans = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '')

/** `functions/origin.ts`, `functions/origin.ts:mayConnect`, or `test/functions/origin.test.ts [OR1] [OR3]`. */
const REFERENCE =
  /^(?<path>(?:[\w.-]+\/)+[\w.-]*|[\w-]+\.(?:ts|md|json|html))(?::(?<name>\w+))?(?<rules>(?: \[[A-Z]+\d+\])*)$/

const references = spans.flatMap(span => {
  const { path, name, rules = '' } = REFERENCE.exec(span)?.groups ?? {}
  const ids = rules.split(' ').filter(rule => rule !== '')
  return path === undefined ? [] : [{ span, path, name, ids }]
})

test('[SD1] every file that docs/security.md names exists, and every name in it', () => {
  expect(references.length).toBeGreaterThan(100)
  expect(references.filter(({ path }) => !existsSync(pathOf(path))).map(({ span }) => span)).toEqual([])
  const named = references.filter(({ name }) => name !== undefined)
  expect(named.filter(({ path, name }) => !isIn(path, `\\b${name}\\b`)).map(({ span }) => span)).toEqual([])
})

test('[SD2] every rule that it names is the title of a test in the file beside it', () => {
  const rules = references.flatMap(({ path, ids }) => ids.map(id => ({ path, id })))
  expect(rules.length).toBeGreaterThan(100)
  // A title begins with its rule; the quote before it tells it from a mention.
  const missing = rules.filter(({ path, id }) => !isIn(path, `['"\`]\\[${id.slice(1, -1)}\\] `))
  expect(missing.map(({ path, id }) => `${path} ${id}`)).toEqual([])
  // None stands alone, where nothing would hold it to a file.
  expect(text.replace(/`[^`\n]+`/g, '').match(/\[[A-Z]+\d+\]/g)).toBeNull()
})

test('[SD3] every setting that it names is one', () => {
  const names = spans.filter(span => /^[A-Z]+(?:_[A-Z]+)+$/.test(span))
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter(name => !Object.hasOwn(settings, name))).toEqual([])
})

function isIn(path: string, pattern: string): boolean {
  return new RegExp(pattern).test(readFileSync(pathOf(path), 'utf8'))
}
