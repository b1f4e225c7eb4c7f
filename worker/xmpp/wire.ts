import type { Socket } from 'node:net'
import { UnexpectedAnswer } from './errors.ts'
import { NS_STREAM, StreamParser, StreamViolation } from './parse.ts'
import type { StreamEnd } from './port.ts'
import { xml, type Element } from './xml.ts'

const NS_STREAM_ERROR = 'urn:ietf:params:xml:ns:xmpp-streams'
const STREAM_FOOTER = '</stream:stream>'

/** Four of the largest stanzas that servers accept: more than that waits only for a server that does not read. */
const MAX_UNSENT_BYTES = 1024 * 1024

/** A resume may bring the server's whole queue first: by default 500 stanzas on Prosody, 5,000 on ejabberd. */
const MAX_WAITING = 10_000

/** `timeout` and `aborted` end a login only. */
export type WireEnd = StreamEnd | { kind: 'timeout' } | { kind: 'aborted' }

/** The connection is over; `end` says why. */
export class WireOver extends Error {
  override name = 'WireOver'
  readonly end: WireEnd
  constructor(end: WireEnd) {
    super(`The connection is over: ${end.kind === 'error' ? end.condition : end.kind}`, {
      cause: end.kind === 'lost' ? end.cause : undefined,
    })
    this.end = end
  }
}

export interface WireSink {
  element(element: Element): void
  ended(end: WireEnd): void
}

/**
 * One TCP or TLS connection and the XML stream on it, as elements. During the login elements are asked for one by one, later they are
 * delivered. Whatever arrives in between waits, so nothing depends on how TCP cuts the stream. No error leaves it but as its end.
 */
export class Wire {
  readonly #socket: Socket
  readonly #maxStanzaBytes: number
  #parser: StreamParser | undefined
  #waiting: Element[] = []
  #wanted: { resolve(element: Element): void; reject(error: WireOver): void } | undefined
  #sink: WireSink | undefined
  #end: WireEnd | undefined
  #saidGoodbye = false

  constructor(socket: Socket, maxStanzaBytes: number) {
    this.#socket = socket
    this.#maxStanzaBytes = maxStanzaBytes
    socket.on('data', this.#read)
    socket.on('error', this.#lost)
    socket.on('close', this.#lost)
  }

  /** Opens a stream (RFC 6120 4.2), or restarts it (4.3.3). Resolves with its features. */
  async open(domain: string): Promise<Element> {
    this.#expectSilence()
    this.#parser = new StreamParser(this.#maxStanzaBytes, {
      element: element => this.#arrived(element),
      closed: () => this.end({ kind: 'closed' }),
    })
    this.write(streamHeader(domain))
    const features = await this.next()
    if (!features.is('features', NS_STREAM)) throw new UnexpectedAnswer(features, 'features')
    return features
  }

  /** The next element, in order. Rejects with WireOver once all are taken and the connection has ended. */
  next(): Promise<Element> {
    const element = this.#waiting.shift()
    if (element !== undefined) return Promise.resolve(element)
    if (this.#end !== undefined) return Promise.reject(new WireOver(this.#end))
    return new Promise((resolve, reject) => {
      this.#wanted = { resolve, reject }
    })
  }

  /** Hands what waits, and all that comes, to the sink. */
  deliverTo(sink: WireSink): void {
    this.#sink = sink
    try {
      for (const element of this.#waiting.splice(0)) sink.element(element)
    } catch (cause) {
      this.#fail(cause)
    }
    if (this.#end !== undefined) sink.ended(this.#end)
  }

  /** Returns false when it is too late: the connection has ended, or we have said goodbye. */
  write(text: string): boolean {
    if (this.#end !== undefined || this.#saidGoodbye) return false
    this.#socket.write(text)
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) {
      this.end({ kind: 'lost', cause: new Error('The server does not read') })
    }
    return true
  }

  /** Says that no more will be sent (RFC 6120 4.4). The connection ends when the server has said the same. */
  sayGoodbye(): void {
    if (this.#saidGoodbye || !this.#socket.writable) return
    this.#saidGoodbye = true
    this.#socket.write(STREAM_FOOTER)
  }

  /** Ends the connection; only the first end counts. */
  end(end: WireEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    // A lost session stays resumable; any other is over for the server too.
    if (end.kind === 'closed' || end.kind === 'error') this.sayGoodbye()
    this.#socket.destroy()
    this.#parser = undefined
    this.#wanted?.reject(new WireOver(end))
    this.#wanted = undefined
    this.#sink?.ended(end)
  }

  /** Gives the socket away, for TLS. */
  release(): Socket {
    if (this.#end !== undefined) throw new WireOver(this.#end)
    this.#expectSilence()
    this.#socket.off('data', this.#read)
    this.#socket.off('error', this.#lost)
    this.#socket.off('close', this.#lost)
    this.#end = { kind: 'closed' }
    return this.#socket
  }

  /** What came before a new stream, and above all before TLS, must not count as part of it. */
  #expectSilence(): void {
    const [early] = this.#waiting
    if (early !== undefined) throw new UnexpectedAnswer(early, 'silence')
  }

  readonly #read = (chunk: Buffer): void => {
    try {
      this.#parser?.write(chunk)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  readonly #lost = (cause?: unknown): void => {
    this.end(cause instanceof Error ? { kind: 'lost', cause } : { kind: 'lost' })
  }

  /** A broken stream, or a broken handler of a stanza: either ends this connection and no other. */
  #fail(cause: unknown): void {
    if (!(cause instanceof StreamViolation)) return this.end({ kind: 'lost', cause })
    this.write(streamError(cause.condition))
    this.end({ kind: 'error', condition: cause.reason })
  }

  #arrived(element: Element): void {
    if (this.#end !== undefined) return
    if (element.is('error', NS_STREAM)) return this.end({ kind: 'error', condition: condition(element) })
    if (this.#sink !== undefined) return this.#sink.element(element)
    const wanted = this.#wanted
    this.#wanted = undefined
    if (wanted !== undefined) return wanted.resolve(element)
    this.#waiting.push(element)
    if (this.#waiting.length > MAX_WAITING)
      throw new StreamViolation('too-many', 'too much before the login was done')
  }
}

/** The child of an error that names it (RFC 6120 4.9.2, 6.5, 8.3.2). */
export function condition(error: Element): string {
  const named = error.getChildElements().find(child => child.getName() !== 'text')
  return named?.getName() ?? 'undefined-condition'
}

function streamHeader(domain: string): string {
  const header = xml('stream:stream', {
    to: domain,
    version: '1.0',
    xmlns: 'jabber:client',
    'xmlns:stream': NS_STREAM,
  })
  return `<?xml version='1.0'?>${header.toString().slice(0, -2)}>`
}

function streamError(name: string): string {
  return xml('stream:error', {}, xml(name, { xmlns: NS_STREAM_ERROR })).toString()
}
