const NANOSECONDS = 1e6

/**
 * Milliseconds of CLOCK_MONOTONIC: unlike `performance.now()` it has one origin for all processes of the machine, so the
 * histories of several can be laid side by side, and no step of the wall clock bends a latency.
 */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / NANOSECONDS
}
