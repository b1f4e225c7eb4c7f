import type { Logger as Pino } from 'pino'

/** What the worker logs to: ids, counts and sizes; never texts, passwords, tokens or addresses of people. */
export type Logger = Pick<Pino, 'debug' | 'info' | 'warn' | 'error' | 'child'>
