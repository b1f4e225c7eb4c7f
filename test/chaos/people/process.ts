import { systemClock } from '../../../shared/clock.ts'
import { serveJobs } from '../../support/job-process.ts'
import { Crowd } from './crowd.ts'
import { jobs } from './jobs.ts'

/** A process of clients, forked by `CrowdProcess`: does what it is asked for, side by side. */

let crowd: Crowd | undefined

serveJobs(jobs, {
  begin: async input => {
    crowd = new Crowd(input, systemClock)
    await crowd.connect()
    return {}
  },
  talk: async pace => {
    begun().talk(pace)
    return {}
  },
  hush: async () => {
    begun().hush()
    return {}
  },
  reload: async ({ names, how }) => {
    await begun().reload(names, how)
    return {}
  },
  look: async () => begun().look(),
  finish: async () => {
    await begun().finish()
    return {}
  },
})

function begun(): Crowd {
  if (crowd === undefined) throw new Error('there is nobody here yet')
  return crowd
}
