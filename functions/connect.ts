import { parseBasic } from './basic.ts'
import { sharedDeps, type Deps } from './deps.ts'
import { connectEvent, headerValues, readEvent, type ConnectEvent } from './events.ts'
import { join, type JoinOutcome } from './join.ts'
import { printable } from './log.ts'
import { settling } from './metrics.ts'
import { mayConnect } from './origin.ts'
import { TRY_AGAIN_AFTER_MS } from './replies.ts'

/** What a handshake is answered; a status other than 200 refuses it. */
interface Answer {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
}

const SUBPROTOCOL = 'stanzagate.v1'
/** RFC 9110 section 15.5.2: a 401 says how to sign in. RFC 7617 section 2.1: in UTF-8. */
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="stanzagate", charset="UTF-8"' }

/**
 * The `$connect` route: lets pages of known origins in, and signs in who sends `Authorization: Basic`. It writes
 * nothing for the others, and reads no secret from the address or the subprotocols, which end up in logs.
 */
export function makeConnectHandler(deps: Deps) {
  return settling(deps.meter, async (event): Promise<Answer> => {
    const handshake = readEvent(connectEvent, event)
    const { connectionId, requestId: traceId } = handshake.requestContext
    const bound = { ...deps, log: deps.log.with({ traceId, connectionId }) }
    const origins = headerValues(handshake, 'origin')
    if (!mayConnect(origins, deps.origins)) {
      bound.log.warn('connect.origin-refused', {
        origin: printable(origins.join(' ')),
        setting: 'ALLOWED_ORIGINS',
      })
      deps.meter.count('Refusals', 1, 'origin')
      return { statusCode: 403 }
    }
    const refused = await signIn(bound, handshake)
    return refused ?? { statusCode: 200, ...echo(headerValues(handshake, 'sec-websocket-protocol')) }
  })
}

/** A browser wants back one of the subprotocols it offered; one that was not offered would fail the handshake. */
function echo(offers: readonly string[]): Pick<Answer, 'headers'> {
  const offered = offers.flatMap(value => value.split(',')).map(name => name.trim())
  return offered.includes(SUBPROTOCOL) ? { headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : {}
}

async function signIn(deps: Deps, handshake: ConnectEvent): Promise<Answer | undefined> {
  const [authorization, ...more] = headerValues(handshake, 'authorization')
  if (authorization === undefined) return undefined
  const credentials = more.length === 0 ? parseBasic(authorization) : undefined
  if (!credentials) {
    deps.meter.count('Refusals', 1, 'bad-credentials')
    return { statusCode: 401, headers: CHALLENGE }
  }
  const { connectionId, requestId: traceId, identity } = handshake.requestContext
  const outcome = await join(deps, {
    ...credentials,
    connectionId,
    traceId,
    sourceIp: identity.sourceIp,
    register: false,
    joinId: undefined,
    handshake: true,
    mode: 'simple',
  })
  if (outcome.kind !== 'joined') deps.meter.count('Refusals', 1, codeOf(outcome))
  return toRefusal(outcome)
}

function codeOf(outcome: Exclude<JoinOutcome, { kind: 'joined' }>): string {
  return outcome.kind === 'forbidden' ? outcome.code : outcome.kind
}

function toRefusal(outcome: JoinOutcome): Answer | undefined {
  switch (outcome.kind) {
    case 'joined':
      return undefined
    case 'forbidden':
      if (outcome.retryAfterMs === undefined) return { statusCode: 401, headers: CHALLENGE }
      return { statusCode: 429, headers: retryAfter(outcome.retryAfterMs) }
    case 'try-again':
      return { statusCode: 503, headers: retryAfter(TRY_AGAIN_AFTER_MS) }
  }
}

/** RFC 9110 section 10.2.3: whole seconds. */
function retryAfter(ms: number) {
  return { 'Retry-After': String(Math.ceil(ms / 1000)) }
}

export const handler = (event: unknown) => makeConnectHandler(sharedDeps())(event)
