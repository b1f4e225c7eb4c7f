import { createHash } from 'node:crypto'
import type { Values } from '../shared/config.ts'

type Level = Values<'LOG_LEVEL'>['LOG_LEVEL']
/** Ids, sizes, codes and counts; never a text, a password, a token or a name in the clear. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>

/** Lines of JSON. It is our own, since a logger with transports and streams costs more at a cold start than it gives. */
export interface Logger {
  debug(event: string, facts?: Facts): void
  info(event: string, facts?: Facts): void
  warn(event: string, facts?: Facts): void
  error(event: string, facts?: Facts): void
  /** A logger that adds these facts to every line. */
  with(facts: Facts): Logger
}

const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error', 'silent']

/** Logs lines of `level` and above through `write`, which gets each without its line end. */
export function jsonLogger(level: Level, write: (line: string) => void, bound: Facts = {}): Logger {
  const log = (at: Level) => (event: string, facts?: Facts) => {
    if (LEVELS.indexOf(at) >= LEVELS.indexOf(level))
      write(JSON.stringify({ level: at, event, ...bound, ...facts }))
  }
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: facts => jsonLogger(level, write, { ...bound, ...facts }),
  }
}

/** Long enough to recognise an address or an origin, short enough that nobody fills the log with one. */
const MAX_FOREIGN_CHARACTERS = 200

/** Text that others chose, so that it stays one short line of ASCII whatever it holds. */
export function printable(text: string): string {
  return text
    .slice(0, MAX_FOREIGN_CHARACTERS)
    .replace(/[^\x20-\x7e]/gu, char => `\\u{${char.codePointAt(0)?.toString(16)}}`)
}

/** A name as the logs may hold it: the same for the same name, and readable by nobody at a glance. */
export function nameTag(username: string): string {
  return createHash('sha256').update(username).digest('hex').slice(0, 12)
}

/** What went wrong, down to its first cause. */
export function errorFacts(error: unknown): Facts {
  return { error: chain(error).slice(0, 4).map(describe).join(' < ') }
}

function chain(error: unknown): unknown[] {
  return error instanceof Error && error.cause !== undefined ? [error, ...chain(error.cause)] : [error]
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error))
  const code = 'code' in error ? ` (${String(error.code)})` : ''
  return printable(`${error.name}${code}: ${error.message}`)
}
