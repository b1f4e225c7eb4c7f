import { describe, expect, test } from 'vitest'
import type { SessionWrite, WantedWrite } from '../history/session-write.ts'
import { check } from './check.ts'
import { judgeSessionWrites } from './stale-write.ts'

type Line = readonly [by: string, wanted: WantedWrite, taken?: boolean]

const session = 's_1'
const create = (by: string): Line => [
  by,
  { kind: 'create', session, user: 'u1', owner: `of ${by}`, epoch: 1 },
]
const claim = (by: string, epoch: number): Line => [
  by,
  { kind: 'claim', session, owner: `of ${by}`, epoch, under: epoch - 1 },
]
const change = (by: string, under?: number): Line => [
  by,
  { kind: 'change', session, ...(under !== undefined && { under }) },
]
const remove = (by: string): Line => [by, { kind: 'delete', session }]
const refused = ([by, wanted]: Line): Line => [by, wanted, false]

/** Each line one millisecond after the one before. */
const written = (...lines: readonly Line[]): SessionWrite[] =>
  lines.map(([by, wanted, taken = true], at) => ({ at, wall: 0, by, taken, ...wanted }))
const violations = (...lines: readonly Line[]) =>
  judgeSessionWrites(written(...lines)).violations.map(({ at, what }) => [at, what])

describe('stale-write', () => {
  test('[CK16] each owner may change and delete within its own time, and claim its own session anew', () => {
    const first = [create('a'), change('a', 1), claim('a', 2), change('a', 2)]
    expect(violations(...first, claim('b', 3), change('b'), remove('b'), create('a'))).toEqual([])
  })

  test('[CK16] a former owner that changes or deletes a session is named, with whose it was', () => {
    const what = (done: string) => `a (of a, epoch 1) ${done} s_1 of u1, which was b (of b, epoch 2)'s`
    const lines = [create('a'), claim('b', 2)]
    expect(violations(...lines, change('a'))).toEqual([[2, what('changed')]])
    expect(violations(...lines, remove('a'))).toEqual([[2, what('deleted')]])
  })

  test('[CK16] a write of an earlier epoch is stale though its worker owns the session again', () => {
    const lines = [create('a'), claim('b', 2), claim('a', 3)]
    expect(violations(...lines, change('a', 1))).toHaveLength(1)
    expect(violations(...lines, change('a', 3))).toEqual([])
  })

  test('[CK16] two claims of one epoch, and one of an epoch that nobody had reached, are not both right', () => {
    expect(violations(create('a'), claim('b', 2), claim('c', 2))).toHaveLength(1)
    expect(violations(create('a'), claim('b', 3))).toHaveLength(1)
  })

  test('[CK16] what is deleted or was never made is nobody’s, and what is there is not made again', () => {
    expect(violations(create('a'), remove('a'), change('a'))).toHaveLength(1)
    expect(violations(change('a'))).toEqual([[0, "a changed s_1 of nobody, which was nobody's"]])
    expect(violations(create('a'), create('b'))).toHaveLength(1)
  })

  test('[CK17] what a former owner could not write is counted; a race for a claim, or a repeat, is none of it', () => {
    const lines = [create('a'), claim('b', 2), refused(change('a')), refused(claim('a', 2))]
    const others = [refused(claim('c', 2)), refused(claim('b', 2)), remove('b'), refused(change('b'))]
    expect(judgeSessionWrites(written(...lines, ...others))).toEqual({ violations: [], refused: 2 })
  })

  test('[CK16] it is a violation of the run', () => {
    const verdict = check([], [], new Set(), written(create('a'), claim('b', 2), change('a')))
    expect(verdict.violations.map(({ rule, client }) => [rule, client])).toEqual([['stale-write', 'u1']])
  })
})
