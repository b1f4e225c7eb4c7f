import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod/mini'
import { jsonOrNothing } from '../json.ts'
import type { GatewayContext } from './context.ts'
import { faultSettings } from './faults.ts'
import { pathOf, readBody, sendJson } from './http.ts'

/** All faults together take less than one. */
const MAX_SETTINGS_BYTES = 1024
/** The ids of ten thousand connections. */
const MAX_IDS_BYTES = 256 * 1024

/** The body of `POST /_local/cut`. */
const cutRequest = z.strictObject({ connectionIds: z.array(z.string()) })

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** The controls for tests and people: `GET` and `PUT /_local/faults`, `GET /_local/connections`, `POST /_local/cut`. */
export async function answerAdmin(
  gateway: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLocalCaller(request.headers))
    return sendJson(response, 403, { message: 'Only for this machine, no web pages' })
  switch (`${request.method} ${pathOf(request)}`) {
    case 'GET /_local/faults':
      return sendJson(response, 200, gateway.faults.settings)
    case 'PUT /_local/faults':
      return putFaults(gateway, await readBody(request, MAX_SETTINGS_BYTES), response)
    case 'GET /_local/connections':
      return sendJson(response, 200, list(gateway))
    case 'POST /_local/cut':
      return cut(gateway, await readBody(request, MAX_IDS_BYTES), response)
    default:
      return sendJson(response, 404, { message: 'Not found' })
  }
}

/**
 * A page in somebody's browser reaches loopback too: its requests carry an Origin, or, with its own name
 * pointed at loopback (DNS rebinding), a foreign Host.
 */
function isLocalCaller({ origin, host }: Pick<IncomingHttpHeaders, 'origin' | 'host'>): boolean {
  return origin === undefined && loopbackHosts.has((host ?? '').replace(/:\d+$/, '').toLowerCase())
}

function putFaults(gateway: GatewayContext, body: Buffer | undefined, response: ServerResponse): void {
  const settings = faultSettings.safeParse(jsonOrNothing(body?.toString() ?? ''))
  if (!settings.success) return sendJson(response, 400, { message: z.prettifyError(settings.error) })
  gateway.faults.set(settings.data)
  gateway.log({ event: 'faults', ...settings.data })
  sendJson(response, 200, gateway.faults.settings)
}

/** Takes the network from these connections; one that is gone already is no error. */
function cut(gateway: GatewayContext, body: Buffer | undefined, response: ServerResponse): void {
  const wanted = cutRequest.safeParse(jsonOrNothing(body?.toString() ?? ''))
  if (!wanted.success) return sendJson(response, 400, { message: z.prettifyError(wanted.error) })
  const found = wanted.data.connectionIds.flatMap(id => gateway.connections.get(id) ?? [])
  for (const connection of found) connection.cut()
  gateway.log({ event: 'cut', connections: found.length })
  sendJson(response, 200, { cut: found.length })
}

function list(gateway: GatewayContext) {
  return [...gateway.connections.values()].map(({ caller }) => ({
    connectionId: caller.connectionId,
    connectedAt: new Date(caller.connectedAtMs).toISOString(),
    sourceIp: caller.sourceIp,
  }))
}
