import type { Work } from './measured.ts'

/** Lambda gives one vCPU for so much memory ("Configure Lambda function memory"). */
const MB_PER_VCPU = 1769
const MB_PER_GB = 1024
/** Billed time is rounded up to a millisecond. */
const ROUNDING_MS = 0.5

/** What one invoke is billed. Code with one thread gains nothing beyond one vCPU. */
export function gbSecondsOf({ waitMs, cpuMs }: Work, memoryMb: number): number {
  return (billedMsOf({ waitMs, cpuMs }, memoryMb) / 1000) * (memoryMb / MB_PER_GB)
}

export function billedMsOf({ waitMs, cpuMs }: Work, memoryMb: number): number {
  return waitMs + cpuMs * Math.max(1, MB_PER_VCPU / memoryMb) + ROUNDING_MS
}

export interface Arrivals {
  readonly framesPerSecond: number
  /** Of one socket. */
  readonly framesPerMinute: number
  readonly workers: number
  readonly billedMs: number
}

/** How long a function remembers whose a socket is (functions/routes.ts) and where a worker is (functions/placement.ts). */
const ROUTE_TTL_MINUTES = 1
const WORKER_TTL_SECONDS = 2
/** The socket's row, strongly consistent, which names the worker. */
const ROUTE_READS = 1

/**
 * Read units of one frame. What a function remembers helps only when the next frame meets the same instance of it, so the more
 * of them run, the more is read.
 */
export function readsPerFrame({ framesPerSecond, framesPerMinute, workers, billedMs }: Arrivals): number {
  const instances = Math.max(1, (framesPerSecond * billedMs) / 1000)
  const ofSocket = (framesPerMinute / instances) * ROUTE_TTL_MINUTES
  const ofWorker = (framesPerSecond / instances / workers) * WORKER_TTL_SECONDS
  return ROUTE_READS * missed(ofSocket) + missed(ofWorker)
}

/** The share of questions that find nothing, when so many come by chance in the life of an entry. */
function missed(perLife: number): number {
  return 1 / (1 + perLife)
}
