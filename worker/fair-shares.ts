import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Candidate } from './peers.ts'

/** Chance alone makes such differences: JOINs go by rows that are seconds old. They are not worth a login each. */
const LEAST_SESSIONS = 8
/** Of the mean: a take-over shares by hash, and 100 sessions for two peers then end as 40 and 60 or worse one time in twenty. */
const LEAST_SHARE = 0.2
/** A worker does about 60 logins a second, so nobody who is given with others waits much longer than that. */
const MOST_AT_ONCE = 64

/**
 * What a worker that holds `own` sessions should give now, and to whom; nothing as long as it and all others are near the mean.
 * It gives what it has above the mean, and nobody who receives gets above it. Where several are above, each gives its part
 * of what a peer lacks, so that all of them may do so at once, without a word to each other. Pure.
 */
export function fairShares(own: number, peers: readonly WorkerRow[]): readonly Candidate[] {
  const mean = (own + sum(peers.map(row => row.sessions))) / (peers.length + 1)
  const excess = own - mean
  const allExcess = excess + sum(peers.map(row => Math.max(0, row.sessions - mean)))
  const lacks = peers.map(row => ({ row, lack: Math.min(mean, row.maxSessions) - row.sessions }))
  const widest = Math.max(excess, ...lacks.map(({ lack }) => lack))
  // One new worker among many lacks a lot of which each of the others has little: either end may be the one that is far off.
  if (excess <= 0 || widest < Math.max(LEAST_SESSIONS, mean * LEAST_SHARE)) return []
  const part = excess / allExcess
  const atOnce = Math.max(1, Math.floor(MOST_AT_ONCE * part))
  return lacks
    .map(({ row, lack }) => ({ row, room: Math.min(Math.floor(lack * part), atOnce) }))
    .filter(({ room }) => room > 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
