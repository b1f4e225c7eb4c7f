import { fileURLToPath } from 'node:url'
import { JobProcess } from '../../support/job-process.ts'
import { jobs } from './jobs.ts'

const PROCESS = fileURLToPath(new URL('process.ts', import.meta.url))

/** A process of clients, as its parent sees it. It can be frozen like a laptop whose lid is shut, and answers afterwards. */
export class CrowdProcess extends JobProcess<typeof jobs> {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    super({ jobs, file: PROCESS, name: 'A process of clients', execArgv: ['--enable-source-maps'] })
    this.names = names
  }

  freeze(): void {
    this.signal('SIGSTOP')
  }

  thaw(): void {
    this.signal('SIGCONT')
  }
}
