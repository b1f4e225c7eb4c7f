import * as z from 'zod/mini'
import { workerRow } from '../shared/stores/workers.ts'
import type * as job from '../test/support/job-process.ts'

/** Accounts `from` to `from + count - 1`. */
const users = z.object({ from: z.int(), count: z.int() })
const concurrency = z.int()
const via = z.enum(['bridge', 'direct'])
const nothing = z.object({})
const took = z.object({ elapsedMs: z.number() })
const latencies = z.array(z.number())

/** Where the XMPP server is, for those who talk to it past the bridge. */
export const xmppServer = z.object({
  host: z.string(),
  port: z.int(),
  httpPort: z.int(),
  domain: z.string(),
  ca: z.string(),
})

/** What the load generator can be asked for, and what it answers; each side reads the other's words by these schemas. */
export const jobs = {
  /** Stands for AWS beside a worker, at the address that it answers. */
  sink: { input: nothing, output: z.object({ endpoint: z.string() }) },
  /** What a worker has stored of itself there. */
  workerRow: { input: z.object({ workerId: z.string() }), output: workerRow },
  /** Opens sessions at the hand-off API and keeps them. */
  openSessions: { input: z.object({ worker: workerRow, users, concurrency }), output: took },
  /** Closes those that were opened last. */
  closeSessions: { input: z.object({ count: z.int() }), output: nothing },
  /** Opens bare streams and keeps them. */
  openStreams: { input: z.object({ server: xmppServer, users, concurrency }), output: took },
  closeStreams: { input: nothing, output: nothing },
  /** Signs in over WebSockets that are open already. */
  join: {
    input: z.object({ url: z.string(), users, concurrency }),
    output: z.object({ elapsedMs: z.number(), latenciesMs: latencies }),
  },
  /** Brings pairs of people together: `pairs` of them by each way. */
  meet: {
    input: z.object({ url: z.string(), server: xmppServer, from: z.int(), pairs: z.int() }),
    output: nothing,
  },
  /** One pair talks at an even pace. */
  pace: {
    input: z.object({ via, perSecond: z.number(), messages: z.int() }),
    output: z.object({ latenciesMs: latencies }),
  },
  /** All pairs talk as fast as they can, each with at most `window` messages on their way. */
  flood: {
    input: z.object({ via, window: z.int(), forMs: z.number() }),
    output: z.object({ messages: z.int(), elapsedMs: z.number() }),
  },
} as const

type JobName = job.JobName<typeof jobs>
export type Input<Name extends JobName> = job.Input<typeof jobs, Name>
export type Output<Name extends JobName> = job.Output<typeof jobs, Name>
export type Users = z.infer<typeof users>
export type Via = z.infer<typeof via>
export type XmppAddress = z.infer<typeof xmppServer>
