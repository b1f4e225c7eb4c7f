import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, createSecureContext, connect as tlsConnect, type SecureContext } from 'node:tls'
import { TlsFailed, UnexpectedAnswer, Unreachable } from './errors.ts'
import type { Refusal, StreamOptions, XmppTarget } from './port.ts'
import { Wire, WireOver, type WireEnd } from './wire.ts'
import { xml, type Element } from './xml.ts'

const NS_TLS = 'urn:ietf:params:xml:ns:xmpp-tls'
const DEFAULT_PORT = 5222

export type Dialled = { kind: 'dialled'; wire: Wire; features: Element } | Refusal

/** Connects, and opens a stream that is as secure as the target asks for. Throws Unreachable, TlsFailed, WireOver and UnexpectedAnswer. */
export async function dial(options: StreamOptions, signal: AbortSignal): Promise<Dialled> {
  const { target, limits } = options
  const socket = await connectFirst(addresses(target, options.resume?.location), signal)
  const direct = target.security === 'direct-tls'
  const wire = wireOf(direct ? await secure(socket, target, signal) : socket, limits.maxStanzaBytes, signal)
  const features = await wire.open(target.domain)
  if (target.security !== 'starttls') return { kind: 'dialled', wire, features }

  if (features.getChild('starttls', NS_TLS) === undefined) return { kind: 'refused', code: 'insecure' }
  await askForTls(wire)
  const safe = wireOf(await secure(wire.release(), target, signal), limits.maxStanzaBytes, signal)
  return { kind: 'dialled', wire: safe, features: await safe.open(target.domain) }
}

/** RFC 6120 5.4.2. */
async function askForTls(wire: Wire): Promise<void> {
  wire.write(xml('starttls', { xmlns: NS_TLS }).toString())
  const answer = await wire.next()
  if (!answer.is('proceed', NS_TLS)) throw new UnexpectedAnswer(answer, 'proceed')
}

type Address = { host: string; port: number }

/** XEP-0198 5: the server may name a better place for a resume; if it does not answer there, the usual one is dialled. */
function addresses(target: XmppTarget, location: string | undefined): Address[] {
  const usual = { host: target.host, port: target.port }
  const named = location === undefined ? null : URL.parse(`xmpp://${location}`)
  if (named === null || named.hostname === '') return [usual]
  return [{ host: named.hostname.replace(/^\[|\]$/g, ''), port: Number(named.port) || DEFAULT_PORT }, usual]
}

async function connectFirst(candidates: Address[], signal: AbortSignal): Promise<Socket> {
  let failure: unknown
  for (const address of candidates) {
    const socket = connect({ ...address, noDelay: true })
    try {
      await established(socket, 'connect', signal)
      return socket
    } catch (cause) {
      if (cause instanceof WireOver) throw cause
      failure = cause
    }
  }
  throw new Unreachable('The XMPP server cannot be reached', { cause: failure })
}

/** TLS on a connected socket (RFC 6120 5, RFC 7590); the certificate must be good for the domain, whatever address was dialled. */
async function secure(socket: Socket, target: XmppTarget, signal: AbortSignal): Promise<Socket> {
  const { domain } = target
  // TLS reads and writes past this socket object; an error of its own has nobody to go to.
  socket.on('error', () => {})
  const tls = tlsConnect({
    socket,
    secureContext: secureContext(target.ca),
    checkServerIdentity: (_dialled, certificate) => checkServerIdentity(domain, certificate),
    // RFC 6066 3: an address is no server name.
    ...(isIP(domain) === 0 && { servername: domain }),
    // XEP-0368.
    ...(target.security === 'direct-tls' && { ALPNProtocols: ['xmpp-client'] }),
  })
  try {
    await established(tls, 'secureConnect', signal)
    return tls
  } catch (cause) {
    socket.destroy()
    if (cause instanceof WireOver) throw cause
    throw new TlsFailed('TLS with the XMPP server failed', { cause })
  }
}

/** Each context has a store of certificates of its own, so all sessions of one authority share one. */
const contexts = new Map<string | undefined, SecureContext>()

function secureContext(ca: string | undefined): SecureContext {
  const known = contexts.get(ca)
  if (known !== undefined) return known
  const context = createSecureContext({ ca, minVersion: 'TLSv1.2' })
  contexts.set(ca, context)
  return context
}

async function established(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  try {
    await once(socket, event, { signal })
  } catch (cause) {
    socket.on('error', () => {}).destroy()
    if (signal.aborted) throw new WireOver(signal.reason as WireEnd)
    throw cause
  }
}

function wireOf(socket: Socket, maxStanzaBytes: number, signal: AbortSignal): Wire {
  const wire = new Wire(socket, maxStanzaBytes)
  signal.addEventListener('abort', () => wire.end(signal.reason as WireEnd), { once: true })
  if (signal.aborted) wire.end(signal.reason as WireEnd)
  return wire
}
