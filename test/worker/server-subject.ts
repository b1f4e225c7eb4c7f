import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { TRACE_HEADER, type ClaimRequest, type PushRequest } from '../../shared/handoff/schemas.ts'
import { makeIdentity, type Identity } from '../../worker/identity.ts'
import { HANDOFF_LIMITS } from '../../worker/server-limits.ts'
import { makeServer, type HandoverOutcome, type Whereabouts } from '../../worker/server.ts'
import type { AttachOutcome, Opened, Patience, SessionsApi } from '../../worker/sessions-api.ts'
import { keptLog } from '../support/log.ts'

/** Held by the server under test, with the socket `c=`. */
export const SESSION = `s_${'a'.repeat(22)}`
/** Held, and just being given away. */
export const HANDED_OVER = `s_${'h'.repeat(22)}`
/** Held by OWNER. */
export const MOVED = `s_${'m'.repeat(22)}`
/** Of a dead owner. */
export const ADOPTED = `s_${'d'.repeat(22)}`
/** Just taken over by the server under test: holds `c=` once it was waited for. */
export const SETTLING = `s_${'w'.repeat(22)}`
export const REPLACED = `s_${'b'.repeat(22)}`
export const OWNER = 'w-0123456789abcdef'

const WHERE: Readonly<Record<string, Whereabouts>> = {
  [MOVED]: { kind: 'elsewhere', owner: OWNER },
  [ADOPTED]: { kind: 'later' },
}

/** Good requests; PLANTED must never be logged. */
export const OPEN = {
  connectionId: 'c=',
  username: 'ana',
  password: 'PLANTED',
  register: false,
  handshake: false,
  verified: false,
  mode: 'simple',
}
export const ATTACH = {
  connectionId: 'd=',
  join: {
    messageType: 'JOIN',
    protocol: 1,
    token: `${SESSION}.${'PLANTED'.padEnd(43, 't')}`,
    stream: 1,
    ack: 4,
    from: 3,
    sent: 2,
  },
}
export const CLAIM = {
  owner: OWNER,
  epoch: 3,
  handover: {
    up: { last: 2, acked: 1, ids: [] },
    outbound: { acked: 5, unacked: ['<message><body>PLANTED</body></message>'], frames: [] },
    seen: [],
    requests: [],
  },
}

export interface Call {
  method?: string
  path: string
  /** Text goes as it is, all else as JSON. */
  body?: unknown
  token?: string
  servername?: string
  ca?: string
  traceId?: string
}

/** What stands behind the server under test: it answers as a test says, and keeps what it was given. */
export class Subject {
  readonly lines: string[] = []
  readonly pushed: PushRequest[] = []
  readonly received: unknown[] = []
  readonly evicted: unknown[] = []
  readonly gone: unknown[] = []
  readonly claims: { sessionId: string; request: ClaimRequest }[] = []
  readonly fence = { open: true }
  draining = false
  /** The header of the last answer. */
  connection: string | undefined
  opened: Opened | Promise<Opened> = {
    kind: 'joined',
    sessionId: SESSION,
    registered: false,
    replaced: REPLACED,
  }
  attached: AttachOutcome = { kind: 'attached', replaced: undefined }
  claimed: HandoverOutcome = 'claimed'
  readonly identity: Identity
  url = ''
  readonly #server: ReturnType<typeof makeServer>

  constructor(identity: Identity, limits = HANDOFF_LIMITS) {
    this.identity = identity
    this.#server = makeServer(
      {
        identity,
        sessions: this.#sessions(),
        fence: this.fence,
        draining: () => this.draining,
        resolve: async id => WHERE[id] ?? { kind: 'none' },
        acceptHandover: async (sessionId, request) => {
          this.claims.push({ sessionId, request })
          return this.claimed
        },
        push: each => this.pushed.push(each),
        log: keptLog(this.lines),
      },
      limits,
    )
  }

  async listen(): Promise<void> {
    this.url = await this.#server.listen({ host: '127.0.0.1', port: 0 })
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  /** Closes the fence for the rest of the running test. */
  closeFence(): void {
    this.fence.open = false
    onTestFinished(() => {
      this.fence.open = true
    })
  }

  call({ method = 'POST', path, body, token = this.identity.token, servername, ca, traceId }: Call) {
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = httpsRequest(
        new URL(path, this.url),
        {
          method,
          ca: ca ?? this.identity.certificate,
          servername: servername ?? this.identity.workerId,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(traceId !== undefined && { [TRACE_HEADER]: traceId }),
          },
        },
        response => {
          this.connection = response.headers.connection
          let answer = ''
          response.setEncoding('utf8').on('data', chunk => (answer += chunk))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }))
        },
      )
      sent.on('error', reject)
      sent.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }

  #sessions(): SessionsApi & Patience {
    const held = new Set([SESSION])
    return {
      open: async () => this.opened,
      attach: async id => (id === SESSION ? this.attached : { kind: 'not-here' }),
      receive: (id, request) => {
        if (id === HANDED_OVER || (id === SETTLING && !held.has(id))) return 'later'
        const taken = held.has(id) && request.connectionId === 'c='
        const { connectionId: _at, ...sent } = request
        if (taken) this.received.push(...Object.values(sent))
        return taken
      },
      settled: async id => {
        if (id === SETTLING) held.add(id)
      },
      socketGone: (id, connectionId, taken) => {
        if (id === SESSION) this.gone.push({ connectionId, taken })
        return id === SESSION
      },
      evict: async (id, attached) => {
        this.evicted.push({ id, attached })
        return id === SESSION
      },
    }
  }
}

/** A server for a file of tests. */
export function useServer(limits = HANDOFF_LIMITS): () => Subject {
  let subject: Subject
  beforeAll(async () => {
    subject = new Subject(await makeIdentity(Date.now()), limits)
    await subject.listen()
  })
  afterAll(() => subject.close())
  return () => subject
}
