import { systemClock as clock } from '../../shared/clock.ts'
import { openStream, type Stream } from '../../worker/xmpp/stream.ts'
import type { Input } from '../protocol.ts'
import { PASSWORD, userName } from '../users.ts'
import { inTurns, timed } from './turns.ts'

/** As a worker has them. */
const LIMITS = { loginTimeoutMs: 20_000, maxStanzaBytes: 262_144 }

/** The hardened stream by itself: what a worker logs in with, and nothing around it. */
export class StreamLoad {
  readonly #streams: Stream[] = []

  open({ server, users, concurrency }: Input<'openStreams'>): Promise<{ elapsedMs: number }> {
    const login = async (index: number) => {
      this.#streams.push(await openOne(server, userName(users.from + index)))
    }
    return timed(() => inTurns(users.count, concurrency, login))
  }

  async close(): Promise<Record<string, never>> {
    await Promise.all(this.#streams.splice(0).map(stream => stream.close()))
    return {}
  }
}

async function openOne(server: Input<'openStreams'>['server'], username: string): Promise<Stream> {
  const { host, port, domain, ca } = server
  const opening = await openStream(
    {
      target: { host, port, domain, ca, security: 'starttls' },
      credential: { kind: 'password', username, password: PASSWORD },
      resource: 'bench',
      register: false,
      limits: LIMITS,
      clock,
      onStanza: () => undefined,
      onClosed: () => undefined,
    },
    new AbortController().signal,
  )
  if (opening.kind !== 'online') throw new Error(`A bare login ended as ${opening.kind} ${opening.code}.`)
  return opening.stream
}
