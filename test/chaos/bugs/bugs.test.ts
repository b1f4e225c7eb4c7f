import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { misfit } from './copy.ts'
import { bugs } from './list.ts'

test('[CB1] each bug has a patch, and each patch a bug', () => {
  const patches = readdirSync(import.meta.dirname).filter(name => name.endsWith('.patch'))
  expect(patches.toSorted()).toEqual(bugs.map(({ name }) => `${name}.patch`).toSorted())
})

test.each(bugs.map(({ name }) => name))('[CB2] the patch of %s fits the tree as it stands', async name => {
  expect(await misfit(name)).toBeUndefined()
})
