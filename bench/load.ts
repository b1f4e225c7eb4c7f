import { serveJobs } from '../test/support/job-process.ts'
import { joinAll } from './load/joins.ts'
import { SessionLoad } from './load/sessions.ts'
import { StreamLoad } from './load/streams.ts'
import { TalkLoad } from './load/talk.ts'
import { jobs } from './protocol.ts'

// The entry of the load generator's process.

const sessions = new SessionLoad()
const streams = new StreamLoad()
const talk = new TalkLoad()

serveJobs(jobs, {
  sink: () => sessions.listen(),
  workerRow: async input => sessions.workerRow(input),
  openSessions: input => sessions.open(input),
  closeSessions: input => sessions.close(input),
  openStreams: input => streams.open(input),
  closeStreams: () => streams.close(),
  join: joinAll,
  meet: input => talk.meet(input),
  pace: input => talk.pace(input),
  flood: input => talk.flood(input),
})
