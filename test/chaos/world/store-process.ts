import { startDynamo } from '../../../local/dynamo.ts'
import { tables } from '../../../shared/stores/definitions.ts'
import { sessionsTable } from '../../../shared/stores/sessions.ts'
import { serveJobs } from '../../support/job-process.ts'
import { machineMs } from '../history/clock.ts'
import { LineFile } from '../history/lines.ts'
import type { SessionWrite } from '../history/session-write.ts'
import { StoreTap, type StoreWrite } from '../links/tap.ts'
import { wantedWrite } from '../links/wanted.ts'
import { jobs } from './store-jobs.ts'

/** The process of the local DynamoDB, forked by `Store`. It ends with its parent, and the tables with it. */

let sessions: LineFile | undefined
const tap = new StoreTap(writeDown)

serveJobs(jobs, {
  start: async ({ sessionsFile }) => {
    sessions = new LineFile(sessionsFile)
    const named = tables.map(definition => ({ physicalName: physicalName(definition.name), definition }))
    const { port } = await startDynamo({ tables: named, before: tap.gate })
    return { port }
  },
  fail: async ({ failing }) => {
    tap.failing = failing
    return {}
  },
  throttle: async ({ rate }) => {
    tap.throttled = rate
    return {}
  },
  count: async () => ({ writes: { ...tap.writes } }),
})

function writeDown({ table, operation, request, by, taken }: StoreWrite): void {
  if (table !== physicalName(sessionsTable.name)) return
  const line: SessionWrite = {
    at: machineMs(),
    wall: Date.now(),
    by,
    taken,
    ...wantedWrite(operation, request),
  }
  sessions?.write(line)
}

function physicalName(name: string): string {
  return `stanzagate-${name}`
}
