import { joinAll } from './load/joins.ts'
import { SessionLoad } from './load/sessions.ts'
import { StreamLoad } from './load/streams.ts'
import { TalkLoad } from './load/talk.ts'
import { jobs, request, type Input, type JobName, type Output, type Reply } from './protocol.ts'

// The entry of the load generator's process: does each job that its parent sends, and answers.

const sessions = new SessionLoad()
const streams = new StreamLoad()
const talk = new TalkLoad()

const handlers: Readonly<Record<JobName, (input: unknown) => Promise<unknown>>> = {
  sink: reading('sink', () => sessions.listen()),
  workerRow: reading('workerRow', async input => sessions.workerRow(input)),
  openSessions: reading('openSessions', input => sessions.open(input)),
  closeSessions: reading('closeSessions', input => sessions.close(input)),
  openStreams: reading('openStreams', input => streams.open(input)),
  closeStreams: reading('closeStreams', () => streams.close()),
  join: reading('join', joinAll),
  meet: reading('meet', input => talk.meet(input)),
  pace: reading('pace', input => talk.pace(input)),
  flood: reading('flood', input => talk.flood(input)),
}

process.on('message', message => void answer(message))
// The parent is gone, and with it whoever would use what comes out of this.
process.on('disconnect', () => process.exit())

function reading<Name extends JobName>(name: Name, run: (input: Input<Name>) => Promise<Output<Name>>) {
  return (input: unknown) => run(jobs[name].input.parse(input) as Input<Name>)
}

async function answer(message: unknown): Promise<void> {
  const { id, job, input } = request.parse(message)
  process.send?.(await outcome(id, handlers[job](input)))
}

async function outcome(id: number, work: Promise<unknown>): Promise<Reply> {
  try {
    return { outcome: 'done', id, value: await work }
  } catch (error) {
    return { outcome: 'failed', id, message: error instanceof Error ? error.message : String(error) }
  }
}
