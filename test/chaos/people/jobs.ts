import * as z from 'zod/mini'
import type * as job from '../../support/job-process.ts'

const nothing = z.object({})

/** What a process of clients can be asked for, and what it answers. */
export const jobs = {
  /** Makes its people and brings them online. */
  begin: {
    input: z.object({
      url: z.string(),
      password: z.string(),
      historyFile: z.string(),
      seed: z.int(),
      people: z.array(z.object({ name: z.string(), peers: z.array(z.string()), contact: z.string() })),
    }),
    output: nothing,
  },
  /** They write so many messages a second together, and change their presence, until hushed. */
  talk: { input: z.object({ perSecond: z.number(), presences: z.boolean() }), output: nothing },
  hush: { input: nothing, output: nothing },
  /** New pages for these people. */
  reload: {
    input: z.object({ names: z.array(z.string()), how: z.enum(['close', 'crash']) }),
    output: nothing,
  },
  look: {
    input: nothing,
    output: z.object({ online: z.int(), queued: z.int(), acknowledged: z.int(), shown: z.int() }),
  },
  /** Writes down what they see at the end. */
  finish: { input: nothing, output: nothing },
} as const

type JobName = job.JobName<typeof jobs>
export type Input<Name extends JobName> = job.Input<typeof jobs, Name>
export type Output<Name extends JobName> = job.Output<typeof jobs, Name>
