import { startDynamo } from '../../../local/dynamo.ts'
import { tables } from '../../../shared/stores/definitions.ts'
import { serveJobs } from '../../support/job-process.ts'
import { StoreTap } from '../links/tap.ts'
import { jobs } from './store-jobs.ts'

/** The process of the local DynamoDB, forked by `Store`. It ends with its parent, and the tables with it. */

const tap = new StoreTap()

serveJobs(jobs, {
  start: async () => {
    const named = tables.map(definition => ({ physicalName: `stanzagate-${definition.name}`, definition }))
    const { port } = await startDynamo({ tables: named, before: tap.gate })
    return { port }
  },
  fail: async ({ failing }) => {
    tap.failing = failing
    return {}
  },
  count: async () => ({ writes: { ...tap.writes } }),
})
