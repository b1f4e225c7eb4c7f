import { pino } from 'pino'
import { systemClock, within } from '../shared/clock.ts'
import { BadSetting, readSettings } from '../shared/config.ts'
import { handoffAddress } from './address.ts'
import { makeIdentity } from './identity.ts'
import type { Logger } from './log.ts'
import type { WorkerSettings } from './settings.ts'
import { startWorker, type Worker } from './worker.ts'

const settings = settingsOrExit()
const identity = await makeIdentity(systemClock.now())
const log = pino({ level: settings.LOG_LEVEL, base: { workerId: identity.workerId } })

// What nobody expected leaves the process in an unknown state: say it, and leave the sessions to the peers.
process.on('uncaughtException', error => {
  log.fatal({ err: error }, 'unexpected error')
  process.exit(1)
})

const worker = await start().catch((error: unknown) => {
  log.fatal({ err: error }, 'the worker cannot start')
  return process.exit(1)
})
log.info({ event: 'ready', url: worker.url, healthPort: worker.healthPort }, 'worker ready')

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(worker, log))

async function start(): Promise<Worker> {
  const address = await handoffAddress(settings.HANDOFF_HOST, process.env)
  return startWorker({ ...settings, HANDOFF_HOST: address }, identity, log)
}

async function stop(running: Worker, logger: Logger): Promise<void> {
  logger.info('draining')
  await within(systemClock, settings.DRAIN_MS, running.stop())
  process.exit(0)
}

function settingsOrExit(): WorkerSettings {
  try {
    return readSettings('worker', process.env)
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error
    process.stderr.write(`${error.message}\n`)
    return process.exit(1)
  }
}
