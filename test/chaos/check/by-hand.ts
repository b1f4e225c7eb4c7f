import type { Entry, Note } from '../history/entry.ts'
import { check } from './check.ts'

/** A history by hand: each line one millisecond after the one before, unless it says when. */
export function history(
  ...lines: ([client: string, note: Note] | [client: string, note: Note, at: number])[]
): Entry[] {
  let now = 0
  return lines.map(([client, note, at]) => {
    now = at ?? now + 1
    return { at: now, wall: 0, client, ...note }
  })
}

export const send = (key: string, session = 's_1'): [string, Note] => {
  const [from = '', to = ''] = key.split(/[>#]/)
  return [from, { kind: 'send', key, to, session }]
}
export const told = (key: string, state: string): [string, Note] => [
  key.split('>')[0] ?? '',
  { kind: 'state', key, state },
]
export const shown = (key: string): [string, Note] => [key.split(/[>#]/)[1] ?? '', { kind: 'display', key }]
export const joined = (client: string, epoch: number, resumed = true, session = 's_9'): [string, Note] => [
  client,
  { kind: 'joined', socket: 1, session, epoch, stream: 1, resumed },
]
export const batch = (client: string, epoch: number, ...keys: string[]): [string, Note] => [
  client,
  { kind: 'batch', socket: 1, epoch, stream: 1, keys },
]

export const broken = (...lines: Parameters<typeof history>) =>
  check(history(...lines), []).violations.map(({ rule, client, key }) => [rule, client, key])
