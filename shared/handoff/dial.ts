import { Agent } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { WorkerRow } from '../stores/workers.ts'

/** The address of a Fargate task that is gone swallows packets; the kernel of one that lives answers in a few ms. */
const DIAL_TIMEOUT_MS = 300
/**
 * The handshake, unlike the connection, waits for a turn of the worker's event loop. One that hangs keeps a function no longer
 * than this once a call was given up, and with it nobody else's users.
 */
const TLS_TIMEOUT_MS = 1000
/** Below the 75 s after which a worker closes an idle connection, so that a request does not meet a closing one. */
export const KEEP_ALIVE_MS = 50_000
/** An `open` waits for a login, so requests to one worker must not queue behind each other. */
const MAX_CONNECTIONS = 64

/** There is no connection to the worker, so nothing of a request has been sent. */
export class DialFailed extends Error {
  override readonly name = 'DialFailed'
  readonly workerId: string
  constructor(workerId: string, options: { cause: unknown }) {
    super(`The worker ${workerId} cannot be reached.`, options)
    this.workerId = workerId
  }
}

class DialTimedOut extends Error {
  override readonly name = 'DialTimedOut'
  constructor(step: string, afterMs: number) {
    super(`No ${step} within ${afterMs} ms.`)
  }
}

/**
 * Connections to one worker, at the address of its row and nowhere else: its certificate is the only authority that is
 * trusted, and must name the worker. A connection that cannot be made fails its request with DialFailed, and nothing,
 * the token least of all, is sent before the certificate is checked.
 */
export class WorkerAgent extends Agent {
  #worker: WorkerRow
  #clock: Clock

  constructor(worker: WorkerRow, clock: Clock) {
    super({ keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: KEEP_ALIVE_MS })
    this.#worker = worker
    this.#clock = clock
  }

  override createConnection(_: unknown, created?: (error: Error | null, stream: Duplex) => void): undefined {
    const { host, port, workerId } = this.#worker
    const socket = connect({ host, port, noDelay: true })
    secured(socket, this.#worker, this.#clock).then(
      secure => created?.(null, secure),
      (cause: unknown) => created?.(new DialFailed(workerId, { cause }), socket),
    )
  }
}

async function secured(socket: Socket, worker: WorkerRow, clock: Clock): Promise<Duplex> {
  await reached(socket, 'connect', DIAL_TIMEOUT_MS, clock)
  const secure = connectTls({ socket, ca: worker.certificate, servername: worker.workerId })
  await reached(secure, 'secureConnect', TLS_TIMEOUT_MS, clock)
  return secure
}

function reached(socket: Socket, event: string, limitMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => socket.destroy(new DialTimedOut(event, limitMs)))
    socket.once(event, () => {
      cancel()
      resolve()
    })
    // It stays on: an error that nobody hears would end the process.
    socket.on('error', error => {
      cancel()
      reject(error)
    })
  })
}
