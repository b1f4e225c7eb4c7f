import { pino } from 'pino'

/** A logger that says nothing. */
export const silentLog = pino({ level: 'silent' })

/** A logger whose lines end up in an array. */
export function keptLog(lines: string[]) {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
}
