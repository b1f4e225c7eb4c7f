import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { entry, type Entry } from './entry.ts'

/** A history cannot be judged when a line of it is damaged: the run counts for nothing. */
export class BadHistory extends Error {
  override readonly name = 'BadHistory'
}

/** Reads the lines of one file. @throws BadHistory, naming the line. */
export function parseHistory(text: string, name: string): Entry[] {
  return text.split('\n').flatMap((line, at) => (line === '' ? [] : [parseLine(line, `${name}:${at + 1}`)]))
}

/** All histories of a folder, laid into one by time. @throws BadHistory */
export async function readHistories(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.jsonl'))
  const parts = await Promise.all(
    names.map(async name => parseHistory(await readFile(join(folder, name), 'utf8'), name)),
  )
  return parts.flat().toSorted((a, b) => a.at - b.at)
}

function parseLine(line: string, where: string): Entry {
  try {
    return entry.parse(JSON.parse(line))
  } catch (cause) {
    throw new BadHistory(`${where} is not an entry of a history`, { cause })
  }
}
