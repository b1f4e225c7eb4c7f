import { timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import {
  framesRequest,
  openRequest,
  pushRequest,
  TRACE_HEADER,
  type PushRequest,
} from '../shared/handoff/schemas.ts'
import { connectionId, sessionId } from '../shared/wire/ids.ts'
import type { Identity } from './identity.ts'
import type { Logger } from './log.ts'
import type { SessionsApi } from './sessions.ts'

export interface ServerOptions {
  readonly identity: Identity
  readonly sessions: SessionsApi
  /** Who holds a session that is not held here. */
  readonly ownerElsewhere: (sessionId: string) => Promise<string | undefined>
  /** Pushes to a connection that has no session here. */
  readonly push: (request: PushRequest) => void
  readonly log: Logger
}

/** A frame is at most 32 KB; as a part of a request, escaped once more, it stays below this. */
const BODY_LIMIT_BYTES = 131_072
/** Longer than the callers keep a connection, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 75_000

/**
 * The hand-off API: functions (and later other workers) hand frames over. HTTPS with the worker's own certificate, which
 * callers pin; a bearer token on every route.
 */
export function makeServer({
  identity,
  sessions,
  ownerElsewhere,
  push,
  log,
}: ServerOptions): FastifyInstance {
  const server = fastify({
    https: { key: identity.privateKey, cert: identity.certificate, minVersion: 'TLSv1.3' },
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: 256 },
  })
  server.addHook('onRequest', (request, reply, done) => {
    if (isBearer(request.headers.authorization, identity.token)) done()
    else void reply.code(401).send()
  })
  server.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))

  server.post('/sessions', async (request, reply) => {
    const opened = await sessions.open(openRequest.parse(request.body))
    log.info({ ...traceOf(request), outcome: opened.kind }, 'open')
    switch (opened.kind) {
      case 'joined':
        return { sessionId: opened.sessionId, registered: opened.registered, replaced: opened.replaced }
      case 'refused':
        return reply.code(401).send({ code: opened.code })
      case 'unavailable':
        return reply.code(503).send({ code: 'server-unavailable' })
      case 'busy':
        return reply.code(503).send({ code: 'busy' })
    }
  })

  server.post<{ Params: { sessionId: string } }>('/sessions/:sessionId/frames', async (request, reply) => {
    const id = sessionId.parse(request.params.sessionId)
    const held = sessions.receive(id, framesRequest.parse(request.body))
    log.debug({ ...traceOf(request), sessionId: id, held }, 'frame')
    if (held) return reply.code(202).send()
    const owner = await ownerElsewhere(id)
    return owner === undefined ? reply.code(404).send() : reply.code(409).send({ owner })
  })

  server.delete<{ Params: { sessionId: string; connectionId: string } }>(
    '/sessions/:sessionId/sockets/:connectionId',
    (request, reply) => {
      const { params } = request
      const held = sessions.socketGone(
        sessionId.parse(params.sessionId),
        connectionId.parse(params.connectionId),
      )
      return reply.code(held ? 204 : 404).send()
    },
  )

  server.post('/push', (request, reply) => {
    push(pushRequest.parse(request.body))
    return reply.code(202).send()
  })
  return server
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
