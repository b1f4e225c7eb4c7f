import { settings } from '../../shared/settings.ts'
import { framesOf, type Talk } from './frames.ts'
import { billedMsOf, gbSecondsOf, readsPerFrame } from './invokes.ts'
import * as measured from './measured.ts'
import { WORK } from './measured.ts'

/** What people do. `sent` and `received` are chat messages of each in a minute online. */
export interface Load extends Talk {
  /** Online at the same time. */
  readonly users: number
  /** Of a day; the rest of it nobody is online. */
  readonly hours: number
  /** A chat message as a frame. */
  readonly bytes: number
}

/** What is deployed: the settings of these names, and the memory of infra/functions.ts. */
export interface Shape {
  readonly minWorkers: number
  readonly maxSessions: number
  readonly workerVcpu: number
  readonly workerGb: number
  readonly memoryMb: { readonly connect: number; readonly default: number; readonly disconnect: number }
}

export const DEFAULT_SHAPE: Shape = {
  minWorkers: settings.MIN_WORKERS.default,
  maxSessions: settings.MAX_SESSIONS.default,
  workerVcpu: settings.WORKER_CPU.default / 1024,
  workerGb: settings.WORKER_MEMORY_MIB.default / 1024,
  memoryMb: { connect: 1769, default: 1024, disconnect: 256 },
}

/** A month of it, in the units that are billed. */
export interface Traffic {
  readonly sent: number
  readonly received: number
  readonly connectionMinutes: number
  readonly messagesUp: number
  readonly messagesDown: number
  readonly invokes: number
  readonly gbSeconds: number
  readonly writeUnits: number
  readonly readUnits: number
  /** While people are online. */
  readonly workers: number
  readonly workerHours: number
  readonly logGb: number
  readonly internetGb: number
  /** Between Availability Zones, or through public addresses of the Region. */
  readonly regionGb: number
  readonly kmsRequests: number
  /** While people are online: what API Gateway's quota is about. */
  readonly requestsPerSecond: number
}

/** AWS reckons a month as 730 hours. */
export const HOURS_PER_MONTH = 730
const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24
const BYTES_PER_GB = 2 ** 30
/** A client opens its next socket then, before API Gateway closes the first after 2 h (worker/session/welcome.ts). */
const SOCKET_MINUTES = 110

/** Pure. For no users it is what the bridge needs to be there. */
export function trafficOf(load: Load, shape: Shape): Traffic {
  const { users, sent, received } = load
  const online = (users * MINUTES_PER_MONTH * load.hours) / 24
  const sockets = { byToken: online / SOCKET_MINUTES, byPassword: users * DAYS_PER_MONTH }
  const joins = sockets.byToken + sockets.byPassword
  const frames = framesOf(load)
  const workers = workersFor(load, shape)
  const month = { online, joins, ...sockets, frames, workers }
  return {
    sent: online * sent,
    received: online * received,
    connectionMinutes: online,
    messagesUp: online * frames.up + joins,
    messagesDown: online * frames.down + joins * measured.DOWN_PER_JOIN,
    // $connect and $disconnect besides: they are no messages, but invokes.
    invokes: online * frames.up + joins * 3,
    gbSeconds: gbSecondsIn(month, shape),
    ...unitsIn(month, load, shape),
    workers,
    workerHours: hoursOf(workers, load, shape),
    ...gigabytesIn(month, load, shape),
    kmsRequests: sockets.byPassword,
    requestsPerSecond: (users * (frames.up + frames.down)) / 60,
  }
}

/** What the parts of a month are made from. */
interface Month {
  /** Minutes, of all users together. */
  readonly online: number
  readonly joins: number
  readonly byToken: number
  readonly byPassword: number
  readonly frames: ReturnType<typeof framesOf>
  readonly workers: number
}

/** The service is scaled so that the average worker is so full (infra/scaling.ts). */
const FULL = 0.5

/** As many as sessions and CPU ask for, and never less than always run. */
function workersFor({ users, sent, received }: Load, { minWorkers, maxSessions, workerVcpu }: Shape): number {
  const busy = ((users * (sent + received)) / 60) * (measured.WORKER_MS_PER_MESSAGE / 1000)
  const each = Math.min(1, workerVcpu) * measured.WORKER_BUSY_SHARE
  return Math.max(minWorkers, Math.ceil(users / (maxSessions * FULL)), Math.ceil(busy / each))
}

function hoursOf(workers: number, { hours }: Load, { minWorkers }: Shape): number {
  return HOURS_PER_MONTH * (workers * (hours / 24) + minWorkers * (1 - hours / 24))
}

function gbSecondsIn({ online, joins, byToken, byPassword, frames }: Month, { memoryMb }: Shape): number {
  return (
    online * frames.up * gbSecondsOf(WORK.frame, memoryMb.default) +
    byToken * gbSecondsOf(WORK.joinByToken, memoryMb.default) +
    byPassword * gbSecondsOf(WORK.joinByPassword, memoryMb.default) +
    joins * gbSecondsOf(WORK.connect, memoryMb.connect) +
    joins * gbSecondsOf(WORK.disconnect, memoryMb.disconnect)
  )
}

const BYTES_PER_READ_UNIT = 4096

function unitsIn(month: Month, load: Load, shape: Shape): Pick<Traffic, 'writeUnits' | 'readUnits'> {
  const { online, byToken, byPassword, frames, workers } = month
  const framesPerSecond = (load.users * frames.up) / 60
  const billedMs = billedMsOf(WORK.frame, shape.memoryMb.default)
  const perFrame = readsPerFrame({ framesPerSecond, framesPerMinute: frames.up, workers, billedMs })
  // Each worker writes its row and reads all rows, as often as RENEW_MS says.
  const renewals = (hoursOf(workers, load, shape) * 3_600_000) / settings.RENEW_MS.default
  const scan = Math.ceil((workers * measured.WORKER_ROW_BYTES) / BYTES_PER_READ_UNIT)
  const { PASSWORD_JOIN, TOKEN_JOIN } = measured
  return {
    writeUnits:
      renewals + online * frames.rowWrites + byToken * TOKEN_JOIN.writes + byPassword * PASSWORD_JOIN.writes,
    readUnits:
      renewals * scan +
      online * frames.up * perFrame +
      byToken * TOKEN_JOIN.reads +
      byPassword * PASSWORD_JOIN.reads,
  }
}

function gigabytesIn(
  month: Month,
  load: Load,
  shape: Shape,
): Pick<Traffic, 'logGb' | 'internetGb' | 'regionGb'> {
  const { online, joins, frames, workers } = month
  const { sent, received, bytes } = load
  const { SMALL_FRAME_BYTES, PACKET_BYTES, CALL_BYTES, ACCESS_LOG_BYTES } = measured
  const down = received * bytes + (frames.down - received / load.perPush) * SMALL_FRAME_BYTES
  const up = sent * bytes + (frames.up - sent) * SMALL_FRAME_BYTES
  // To the client, and what was sent to an XMPP server elsewhere.
  const internet = down + frames.down * PACKET_BYTES + sent * (bytes + PACKET_BYTES)
  // A push leaves by a public address; a hand-off crosses zones every other time and is then paid at both ends.
  const region = down + frames.down * CALL_BYTES + up + frames.up * CALL_BYTES
  const minutes = hoursOf(workers, load, shape) * 60
  const logs =
    online * frames.up * (ACCESS_LOG_BYTES + measured.FRAME_LOG_BYTES) +
    joins * measured.SOCKET_LOG_BYTES +
    minutes * measured.WORKER_LOG_BYTES_PER_MINUTE
  return {
    logGb: logs / BYTES_PER_GB,
    internetGb: (online * internet) / BYTES_PER_GB,
    regionGb: (online * region) / BYTES_PER_GB,
  }
}
