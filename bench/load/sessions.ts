import { randomUUID } from 'node:crypto'
import { HandoffClient } from '../../shared/handoff/client.ts'
import type { WorkerRow } from '../../shared/stores/workers.ts'
import type { Input } from '../protocol.ts'
import { PASSWORD, userName } from '../users.ts'
import { Sink } from './sink.ts'
import { inTurns, timed } from './turns.ts'

interface Held {
  readonly worker: WorkerRow
  readonly sessionId: string
  readonly connectionId: string
}

/** Asked side by side; a worker ends a session from its memory. */
const CLOSE_CONCURRENCY = 32

/** Sessions at the hand-off API, opened as the functions open them: by the same client, with pinned certificate and token. */
export class SessionLoad {
  readonly #client = new HandoffClient()
  readonly #sink = new Sink()
  readonly #held: Held[] = []

  async listen(): Promise<{ endpoint: string }> {
    return { endpoint: await this.#sink.listen() }
  }

  workerRow({ workerId }: Input<'workerRow'>): WorkerRow {
    return this.#sink.workerRow(workerId)
  }

  /** A session counts when its JOIN_SUCCESS was pushed, so the time is that of whole logins. */
  open({ worker, users, concurrency }: Input<'openSessions'>): Promise<{ elapsedMs: number }> {
    const welcomes: Promise<void>[] = []
    const login = async (index: number) => {
      const connectionId = randomUUID()
      welcomes.push(this.#sink.welcomed(connectionId))
      await this.#openOne(worker, connectionId, userName(users.from + index))
    }
    return timed(async () => {
      await inTurns(users.count, concurrency, login)
      await Promise.all(welcomes)
    })
  }

  async close({ count }: Input<'closeSessions'>): Promise<Record<string, never>> {
    const held = this.#held.splice(-count)
    await inTurns(held.length, CLOSE_CONCURRENCY, async index => {
      const session = held[index]
      if (session === undefined) return
      const { worker, sessionId, connectionId } = session
      await this.#client.socketGone(worker, sessionId, { connectionId, taken: false }, randomUUID())
    })
    return {}
  }

  async #openOne(worker: WorkerRow, connectionId: string, username: string): Promise<void> {
    const opening = {
      connectionId,
      username,
      password: PASSWORD,
      register: false,
      handshake: false,
      verified: false,
      mode: 'simple' as const,
    }
    const outcome = await this.#client.open(worker, opening, randomUUID())
    if (outcome.kind !== 'joined') {
      const why = 'code' in outcome ? outcome.code : 'cause' in outcome ? String(outcome.cause) : ''
      throw new Error(`A login at the hand-off API ended as ${outcome.kind} ${why}.`)
    }
    this.#held.push({ worker, sessionId: outcome.sessionId, connectionId })
  }
}
