import type { DownFrame } from '../../shared/wire/down.ts'
import type { BatchHeader } from '../batch-frames.ts'
import { BatchQueue } from '../batch-queue.ts'
import { HANDSHAKE_GRACE_MS, type PostOutcome } from '../posting.ts'
import type { DeliveryPort } from './delivery.ts'
import type { SessionDeps } from './deps.ts'
import { DOWN_WINDOW, type DownLog, type GoOn } from './down-log.ts'
import { MAX_BATCH_BYTES } from './welcome.ts'

export interface BatchOutletOptions {
  readonly deps: SessionDeps
  readonly port: Pick<DeliveryPort, 'taken' | 'gone'>
  readonly log: DownLog
  readonly header: () => BatchHeader
}

interface Socket {
  readonly connectionId: string
  readonly queue: BatchQueue
  /** It posts nothing yet: its client has not been welcomed. */
  held: boolean
}

/**
 * The way down to whichever socket a sequenced session has just now. Each socket has a queue of its own: what a lost one did
 * not bring is still in the log, and goes on from where the client says that it stands.
 */
export class BatchOutlet {
  readonly #options: BatchOutletOptions
  #socket: Socket | undefined

  constructor(options: BatchOutletOptions) {
    this.#options = options
  }

  /** That of the socket; undefined while there is none. */
  get queue(): BatchQueue | undefined {
    return this.#socket?.queue
  }

  /** The socket, as long as its client has not been welcomed. */
  get heldFor(): string | undefined {
    return this.#socket?.held === true ? this.#socket.connectionId : undefined
  }

  /** From now on there is this socket. Nothing is posted before `begin`. */
  attach(connectionId: string, handshake: boolean): void {
    this.#socket?.queue.stop()
    this.#socket = { connectionId, queue: this.#makeQueue(connectionId, handshake), held: true }
  }

  /** See BatchQueue. */
  begin(at: Pick<GoOn, 'seq'>, welcome?: DownFrame, since?: string): void {
    if (this.#socket === undefined) return
    this.#socket.held = false
    this.#socket.queue.begin(at, welcome, since)
  }

  /** From now on there is no socket. */
  detach(): void {
    this.#socket?.queue.stop()
    this.#socket = undefined
  }

  #makeQueue(connectionId: string, handshake: boolean): BatchQueue {
    const { deps, port, log, header } = this.#options
    const { clock, random, maxQueueBytes, meter } = deps
    return new BatchQueue({
      connectionId,
      post: (to, data) => this.#post(to, data),
      clock,
      random,
      meter,
      maxQueueBytes,
      maxBatchBytes: MAX_BATCH_BYTES,
      window: DOWN_WINDOW,
      handshakeUntilMs: handshake ? clock.monotonic() + HANDSHAKE_GRACE_MS : 0,
      log,
      header,
      // The session outlives a socket that fails or is not read: its client comes back with its token.
      onEnd: why => {
        if (why === 'too-slow') void deps.hangUp(connectionId)
        port.gone(connectionId)
      },
    })
  }

  async #post(connectionId: string, data: string): Promise<PostOutcome> {
    const { deps, port } = this.#options
    if (!deps.fence.open) return 'fenced'
    const outcome = await deps.post(connectionId, data)
    if (outcome === 'taken' && connectionId === this.#socket?.connectionId) port.taken()
    return outcome
  }
}
