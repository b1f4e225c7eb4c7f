import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { entry, type Entry } from './entry.ts'
import { parseLines } from './lines.ts'
import { sessionWrite, type SessionWrite } from './session-write.ts'

/** All histories of a folder, laid into one by time. @throws BadHistory */
export async function readHistories(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.jsonl'))
  const parts = await Promise.all(
    names.map(async name => parseLines(entry, await readFile(join(folder, name), 'utf8'), name)),
  )
  return parts.flat().toSorted((a, b) => a.at - b.at)
}

/** What the store was asked to write about sessions, in its own order. @throws BadHistory */
export async function readSessionWrites(path: string): Promise<SessionWrite[]> {
  return parseLines(sessionWrite, await readFile(path, 'utf8'), basename(path))
}
