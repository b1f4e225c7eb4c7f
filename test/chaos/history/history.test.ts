import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { entry } from './entry.ts'
import { BadHistory, parseLines } from './lines.ts'
import { readHistories } from './read.ts'
import { HistoryFile } from './write.ts'

test('[CH4] what is written by several processes is read as one history, by time', async () => {
  const folder = await temporaryFolder()
  const [one, other] = ['1.jsonl', '2.jsonl'].map(name => new HistoryFile(join(folder, name)))
  one?.of('u1')({ kind: 'trouble', what: 'first' })
  other?.of('u2')({ kind: 'trouble', what: 'second' })
  one?.of('u1')({ kind: 'trouble', what: 'third' })
  const history = await readHistories(folder)
  expect(history.map(({ client }) => client)).toEqual(['u1', 'u2', 'u1'])
  one?.close()
  other?.close()
})

test('[CH5] a damaged line is named', () => {
  expect(() => parseLines(entry, '\n{"kind":"display"', 'a.jsonl')).toThrow(BadHistory)
  expect(() => parseLines(entry, '\n{"kind":"display"', 'a.jsonl')).toThrow(/a\.jsonl:2/)
})
