import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { documents, pathOf, withTables } from '../../local/docs.ts'

test.each(documents)('[DO1] the tables of %s are those of the code (npm run docs makes them)', async file => {
  const text = await readFile(pathOf(file), 'utf8')
  expect(withTables(file, text)).toBe(text)
})
