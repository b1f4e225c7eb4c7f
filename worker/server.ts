import { timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import {
  attachRequest,
  claimRequest,
  evictQuery,
  framesRequest,
  MAX_HANDOVER_BYTES,
  openRequest,
  pushRequest,
  socketGoneQuery,
  TRACE_HEADER,
  type ClaimRequest,
  type PushRequest,
} from '../shared/handoff/schemas.ts'
import { connectionId, sessionId } from '../shared/wire/ids.ts'
import type { Fence } from './fence.ts'
import type { Identity } from './identity.ts'
import type { Logger } from './log.ts'
import { HANDOFF_LIMITS, timeLimits } from './server-limits.ts'
import type { Patience, SessionsApi } from './sessions-api.ts'

/** Where a session is that a call for it did not find here. */
export type Whereabouts =
  | { readonly kind: 'elsewhere'; readonly owner: string }
  /** Its owner is gone or cannot be made out, and somebody soon holds it, perhaps this worker. */
  | { readonly kind: 'later' }
  /** There is none, or it is held here and has not that socket. */
  | { readonly kind: 'none' }

/** claimed: held here now · taken: the row is not the peer's any more · busy: the peer asks another. */
export type HandoverOutcome = 'claimed' | 'taken' | 'busy'

export interface ServerOptions {
  readonly identity: Identity
  readonly sessions: SessionsApi & Patience
  readonly fence: Fence
  /** The worker stops: callers shall keep no connection to it, for the server ends when the last is closed. */
  readonly draining: () => boolean
  /** Looks for a session that is not held here, and begins to take over one whose owner is dead. Never rejects. */
  readonly resolve: (sessionId: string) => Promise<Whereabouts>
  /** Takes a session over from a peer that drains. Rejects when it is not known whether it did: 500. */
  readonly acceptHandover: (sessionId: string, request: ClaimRequest) => Promise<HandoverOutcome>
  /** Pushes to a connection that has no session here. */
  readonly push: (request: PushRequest) => void
  readonly log: Logger
}

/** A frame is at most 32 KB; as a part of a request, escaped once more, it stays below this. */
const BODY_LIMIT_BYTES = 131_072
/** What stands around a hand-over. */
const CLAIM_HEAD_BYTES = 1024
/** Longer than the callers keep a connection, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 75_000

interface OfSession {
  Params: { sessionId: string }
}

/**
 * The hand-off API: functions and other workers hand frames and sessions over. HTTPS with the worker's own certificate,
 * which callers pin; a bearer token on every route.
 */
export function makeServer(options: ServerOptions, limits = HANDOFF_LIMITS): FastifyInstance {
  const { identity, draining, push, log } = options
  const server = fastify({
    https: {
      key: identity.privateKey,
      cert: identity.certificate,
      minVersion: 'TLSv1.3',
      ...timeLimits(limits),
    },
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: limits.requestMs,
    routerOptions: { maxParamLength: 256 },
  })
  server.server.maxConnections = limits.connections
  server.addHook('onRequest', (request, reply, done) => {
    if (isBearer(request.headers.authorization, identity.token)) done()
    else void reply.code(401).header('connection', 'close').send()
  })
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining()) reply.header('connection', 'close')
    done()
  })
  server.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  addGone(server, options)
  // A scope of its own: whoever may not act for its sessions may still push what a function answers, and hear what is gone.
  void server.register((scope, _, done) => {
    scope.addHook('onRequest', (_request, reply, next) => {
      if (options.fence.open) next()
      else void reply.code(503).send({ code: 'busy' })
    })
    addOpen(scope, options)
    addSockets(scope, options)
    addFrames(scope, options)
    addHandovers(scope, options)
    done()
  })
  server.post('/push', (request, reply) => {
    const asked = pushRequest.parse(request.body)
    log.debug({ ...traceOf(request), connectionId: asked.connectionId }, 'push')
    push(asked)
    return reply.code(202).send()
  })
  return server
}

function addOpen(server: FastifyInstance, { sessions, log }: ServerOptions): void {
  server.post('/sessions', async (request, reply) => {
    const opened = await sessions.open(openRequest.parse(request.body))
    const begun = opened.kind === 'joined' ? opened.sessionId : undefined
    log.info({ ...traceOf(request), sessionId: begun, outcome: opened.kind }, 'open')
    switch (opened.kind) {
      case 'joined':
        return { sessionId: opened.sessionId, registered: opened.registered, replaced: opened.replaced }
      case 'refused':
        return reply.code(401).send({ code: opened.code })
      case 'elsewhere':
        return reply.code(409).send({ owner: opened.owner })
      case 'unavailable':
        return reply.code(503).send({ code: 'server-unavailable' })
      case 'busy':
        return reply.code(503).send({ code: 'busy' })
    }
  })
}

function addSockets(server: FastifyInstance, options: ServerOptions): void {
  const { sessions, log } = options
  server.post<OfSession>('/sessions/:sessionId/socket', async (request, reply) => {
    const id = idOf(request)
    const attached = await sessions.attach(id, attachRequest.parse(request.body))
    log.info({ ...traceOf(request), sessionId: id, outcome: attached.kind }, 'attach')
    switch (attached.kind) {
      case 'attached':
        return { replaced: attached.replaced }
      case 'refused':
        return reply.code(401).send({ code: 'token-expired' })
      case 'later':
        return reply.code(503).send()
      case 'not-here':
        return answerElsewhere(options, id, reply)
    }
  })
}

/**
 * Heard also behind a closed fence: a worker whose lease is good again must not push to a socket that is another session's by
 * then. It says 503 all the same, since the session may be held elsewhere.
 */
function addGone(server: FastifyInstance, { sessions, fence, log }: ServerOptions): void {
  server.delete<{ Params: { sessionId: string; connectionId: string } }>(
    '/sessions/:sessionId/sockets/:connectionId',
    (request, reply) => {
      const id = idOf(request)
      const socket = connectionId.parse(request.params.connectionId)
      const taken = socketGoneQuery.parse(request.query).taken !== undefined
      const held = sessions.socketGone(id, socket, taken)
      log.debug({ ...traceOf(request), sessionId: id, connectionId: socket, taken, held }, 'socket gone')
      return reply.code(fence.open ? (held ? 204 : 404) : 503).send()
    },
  )
}

function addFrames(server: FastifyInstance, options: ServerOptions): void {
  const { sessions, log } = options
  server.post<OfSession>('/sessions/:sessionId/frames', async (request, reply) => {
    const id = idOf(request)
    const frames = framesRequest.parse(request.body)
    let held = sessions.receive(id, frames)
    if (held === 'later') {
      // A session that changes hands does so within a login; its client need not hear of it.
      await sessions.settled(id)
      held = sessions.receive(id, frames)
    }
    log.debug({ ...traceOf(request), sessionId: id, held }, 'frames')
    if (held === 'later') return reply.code(503).send()
    return held ? reply.code(202).send() : answerElsewhere(options, id, reply)
  })
}

/** What workers ask of each other. */
function addHandovers(server: FastifyInstance, { sessions, acceptHandover, log }: ServerOptions): void {
  server.delete<OfSession>('/sessions/:sessionId', async (request, reply) => {
    const id = idOf(request)
    const { attached } = evictQuery.parse(request.query)
    const evicted = await sessions.evict(id, attached !== undefined)
    log.info({ ...traceOf(request), sessionId: id, evicted }, 'evict')
    return reply.code(evicted ? 204 : 404).send()
  })

  const limits = { bodyLimit: MAX_HANDOVER_BYTES + CLAIM_HEAD_BYTES }
  server.post<OfSession>('/sessions/:sessionId/claim', limits, async (request, reply) => {
    const id = idOf(request)
    const outcome = await acceptHandover(id, claimRequest.parse(request.body))
    log.info({ ...traceOf(request), sessionId: id, outcome }, 'hand-over')
    return reply.code(HANDOVER_STATUS[outcome]).send()
  })
}

const HANDOVER_STATUS: Readonly<Record<HandoverOutcome, number>> = { claimed: 204, taken: 409, busy: 503 }

async function answerElsewhere({ resolve }: ServerOptions, id: string, reply: FastifyReply) {
  const found = await resolve(id)
  switch (found.kind) {
    case 'elsewhere':
      return reply.code(409).send({ owner: found.owner })
    case 'later':
      return reply.code(503).send()
    case 'none':
      return reply.code(404).send()
  }
}

/** @throws ZodError, which is answered with 400. */
function idOf(request: FastifyRequest<{ Params: { sessionId: string } }>): string {
  return sessionId.parse(request.params.sessionId)
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function traceOf(request: FastifyRequest): { traceId: unknown } {
  return { traceId: request.headers[TRACE_HEADER] }
}

/** A caller of the same version sends nothing wrong, so what was wrong goes to the log and not to the caller. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger): void {
  const status = error instanceof Error && error.name === '$ZodError' ? 400 : statusOf(error)
  log[status < 500 ? 'warn' : 'error']({ ...traceOf(request), err: error, status }, 'a hand-off failed')
  void reply.code(status).send()
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}
