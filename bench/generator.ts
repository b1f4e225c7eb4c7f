import { fileURLToPath } from 'node:url'
import { JobProcess } from '../test/support/job-process.ts'
import { jobs } from './protocol.ts'

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

/** Longer than the longest job takes on a machine that is busy with other things; what takes longer is stuck. */
const JOB_WITHIN_MS = 120_000

/** A process that makes load, so that its work is neither the bridge's nor the worker's. */
export class Generator extends JobProcess<typeof jobs> {
  constructor() {
    super({ jobs, file: LOAD, name: 'The load generator', withinMs: JOB_WITHIN_MS })
  }
}
