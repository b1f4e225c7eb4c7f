import { systemClock } from '../../../shared/clock.ts'
import { Crowd } from './crowd.ts'
import { jobs, request, type Input, type JobName, type Output, type Reply } from './jobs.ts'

/** A process of clients, forked by `Crowds`: does what it is asked for, side by side. */

let crowd: Crowd | undefined

const does: { [Name in JobName]: (input: Input<Name>) => Promise<Output<Name>> } = {
  begin: async input => {
    crowd = new Crowd(input, systemClock)
    await crowd.connect()
    return {}
  },
  talk: async ({ perSecond }) => {
    begun().talk(perSecond)
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
}

process.on('message', message => void answer(message))
// Its parent is gone: nobody will ask again.
process.on('disconnect', () => process.exit(0))

async function answer(message: unknown): Promise<void> {
  const { id, job, input } = request.parse(message)
  try {
    tell({ outcome: 'done', id, value: await doJob(job, input) })
  } catch (error) {
    tell({ outcome: 'failed', id, message: String(error) })
  }
}

function doJob<Name extends JobName>(job: Name, input: unknown): Promise<Output<Name>> {
  return does[job](jobs[job].input.parse(input) as Input<Name>)
}

function begun(): Crowd {
  if (crowd === undefined) throw new Error('there is nobody here yet')
  return crowd
}

function tell(message: Reply): void {
  process.send?.(message)
}
