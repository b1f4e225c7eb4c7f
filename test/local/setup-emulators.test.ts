import { describe, expect, test } from 'vitest'
import { javaMajor, lacking, pythonCandidates, unreachableReason } from '../../local/setup/emulator-plan.mjs'

describe('Python', () => {
  test('[SU40] the wanted versions come first, those of pyenv by their files, since its shims run only what is chosen', () => {
    expect(pythonCandidates(['3.13', '3.12'], '/home/me/.pyenv', ['3.11.7', '3.12.1', '3.13.0'])).toEqual([
      'python3.13',
      '/home/me/.pyenv/versions/3.13.0/bin/python3',
      'python3.12',
      '/home/me/.pyenv/versions/3.12.1/bin/python3',
      'python3',
    ])
  })

  test('[SU41] 3.1 is not taken for 3.13', () => {
    expect(pythonCandidates(['3.1'], '/p', ['3.13.0'])).toEqual(['python3.1', 'python3'])
  })
})

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_381"', 1],
  ['openjdk version "25" 2025-09-16', 25],
  ['', 0],
])('[SU42] the major version in `%s` is %i', (text, major) => {
  expect(javaMajor(text)).toBe(major)
})

describe('downloads', () => {
  test.each([
    [
      'ERROR: Could not find a version that satisfies the requirement attrs==25.4.0 (from versions: none)',
      'ERROR: Could not find a version that satisfies the requirement attrs==25.4.0 (from versions: none)',
    ],
    [
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip.Connection object at 0x7f>: [Errno 111] Connection refused')': /simple/attrs/",
      "'NewConnectionError('[Errno 111] Connection refused')': /simple/attrs/",
    ],
    ['npm error code ENOTFOUND', 'npm error code ENOTFOUND'],
    ['npm error code EAI_AGAIN', 'npm error code EAI_AGAIN'],
  ])('[SU43] not reached, and the line that says so is the reason: %s', (output, reason) => {
    expect(unreachableReason(`Looking in indexes: https://example.org\n${output}\nmore`)).toBe(reason)
  })

  test.each([
    'ERROR: Could not find a version that satisfies the requirement attrs==99 (from versions: 25.3.0, 25.4.0)',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
    'WARNING: Retrying … NewConnectionError(…)\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
    'npm error code E404',
  ])('[SU44] reached, and something else is wrong: %s', output => {
    expect(unreachableReason(output)).toBeUndefined()
  })
})

test.each([
  [{ unreachable: true, inCi: true }, 'skip'],
  [{ unreachable: true, inCi: false }, 'skip'],
  [{ unreachable: false, inCi: false }, 'skip'],
  [{ unreachable: false, inCi: true }, 'refuse'],
])('[SU45] with %o what lacks is a matter of %s', (facts, kind) => {
  expect(lacking('LocalStack', 'no Python', facts)).toEqual({
    kind,
    sentence: 'LocalStack cannot be had here (no Python): what needs it will be skipped.',
  })
})
