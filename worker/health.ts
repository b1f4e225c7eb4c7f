import fastify, { type FastifyInstance } from 'fastify'

/** `/health/live`: the process answers. `/health/ready`: it may be given sessions. On loopback only, without secrets. */
export function makeHealth(ready: () => boolean): FastifyInstance {
  const server = fastify()
  server.get('/health/live', () => ({ live: true }))
  server.get('/health/ready', (_request, reply) => reply.code(ready() ? 200 : 503).send({ ready: ready() }))
  return server
}
