import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { token as tokenShape } from '../../../shared/wire/ids.ts'
import { checkToken, isWorn, makeToken, renewed } from '../../../worker/session/token.ts'
import { sessionIdOf } from '../../shared/stores/rows.ts'

const DAY_MS = 24 * 3_600_000
const ID = sessionIdOf('a')

test('[TN1] a token is of the wire’s shape, names its session, and is kept as a hash alone', () => {
  const { token, kept } = makeToken(ID, randomBytes, 5)
  expect(tokenShape.safeParse(token).success).toBe(true)
  expect(token.startsWith(`${ID}.`)).toBe(true)
  expect(kept).toEqual({ hash: expect.stringMatching(/^[\w-]{43}$/), issuedAt: 5 })
  expect(JSON.stringify(kept)).not.toContain(token.slice(ID.length + 1))
})

test('[TN2] it alone opens the session', () => {
  const [one, other] = [makeToken(ID, randomBytes, 0), makeToken(ID, randomBytes, 0)]
  expect(checkToken([one.kept], one.token, 1)).toEqual(one.kept)
  expect(checkToken([one.kept], other.token, 1)).toBeUndefined()
  expect(checkToken([], one.token, 1)).toBeUndefined()
})

test('[TN3] it is worn after a day; the one before opens 10 minutes more, and never longer by being shown', () => {
  const one = makeToken(ID, randomBytes, 0)
  expect(isWorn(one.kept, DAY_MS - 1)).toBe(false)
  expect(isWorn(one.kept, DAY_MS)).toBe(true)
  const two = makeToken(ID, randomBytes, DAY_MS)
  const kept = renewed(one.kept, two.kept, DAY_MS)
  expect(checkToken(kept, two.token, DAY_MS)).toEqual(two.kept)
  const shown = checkToken(kept, one.token, DAY_MS + 599_999)
  expect(shown).toBeDefined()
  expect(checkToken(kept, one.token, DAY_MS + 600_000)).toBeUndefined()

  // Its answer was lost: it is shown again, and answered with a third.
  if (shown === undefined) throw new Error('Not found')
  expect(isWorn(shown, DAY_MS + 1)).toBe(true)
  const three = makeToken(ID, randomBytes, DAY_MS + 500_000)
  const next = renewed(shown, three.kept, DAY_MS + 500_000)
  expect(checkToken(next, one.token, DAY_MS + 600_000)).toBeUndefined()
  expect(checkToken(next, three.token, DAY_MS + 600_000)).toEqual(three.kept)
})
