import { SaxesParser } from 'saxes'
import { bareElement, type Element } from './xml.ts'

export const NS_STREAM = 'http://etherx.jabber.org/streams'

/** Real stanzas stay under 20; whoever walks a tree recurses. */
const MAX_DEPTH = 64

export type Violation =
  | 'not-well-formed'
  | 'restricted-xml'
  | 'unsupported-encoding'
  | 'bad-format'
  | 'too-big'
  | 'too-deep'
  | 'too-many'
  /** XEP-0198 4: it acknowledged more than was sent. */
  | 'handled-count-too-high'

/** What the server sent cannot be, or shall not be, a stream. */
export class StreamViolation extends Error {
  override name = 'StreamViolation'
  readonly reason: Violation
  constructor(reason: Violation, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }

  /** The stream error that tells the server (RFC 6120 4.9.3). */
  get condition(): string {
    switch (this.reason) {
      case 'too-big':
      case 'too-deep':
      case 'too-many':
        return 'policy-violation'
      case 'handled-count-too-high':
        return 'undefined-condition'
      case 'bad-format':
      case 'not-well-formed':
      case 'restricted-xml':
      case 'unsupported-encoding':
        return this.reason
    }
  }
}

export interface ParserSink {
  element(element: Element): void
  closed(): void
}

/**
 * Reads one XML stream (RFC 6120 4.2) from the bytes of a socket. What RFC 6120 11.1 forbids, and what would let a server use
 * up memory, throws StreamViolation; the parser must not be used after that.
 */
export class StreamParser {
  readonly #maxStanzaBytes: number
  readonly #sink: ParserSink
  readonly #sax = new SaxesParser({ xmlns: false, position: false })
  #half = NOTHING
  #header: Element | null = null
  #open: Element | null = null
  #depth = 0
  /** Positions in the text of the stream: what was given to the tokenizer, and where the last stanza ended. */
  #fed = 0
  #boundary = 0

  /** @param maxStanzaBytes longest stanza, counted in UTF-16 units: never more than its bytes, never fewer than a third */
  constructor(maxStanzaBytes: number, sink: ParserSink) {
    this.#maxStanzaBytes = maxStanzaBytes
    this.#sink = sink
    const sax = this.#sax
    sax.on('opentag', tag => this.#start(tag.name, tag.attributes))
    sax.on('closetag', () => this.#end())
    sax.on('text', text => this.#text(text))
    sax.on('cdata', text => this.#text(text))
    sax.on('xmldecl', ({ encoding }) => refuseEncoding(encoding))
    sax.on('doctype', () => restricted('document type'))
    sax.on('comment', () => restricted('comment'))
    sax.on('processinginstruction', () => restricted('processing instruction'))
    sax.on('error', cause => {
      throw new StreamViolation('not-well-formed', cause.message, { cause })
    })
  }

  write(chunk: Buffer): void {
    const bytes = this.#half.length > 0 ? Buffer.concat([this.#half, chunk]) : chunk
    const whole = wholeCharacters(bytes)
    // A copy: the rest of the chunk must not live as long as its last character.
    this.#half = whole < bytes.length ? Buffer.from(bytes.subarray(whole)) : NOTHING
    const text = decode(bytes.subarray(0, whole))
    this.#sax.write(text)
    this.#fed += text.length
    this.#measure(this.#fed)
  }

  #measure(position: number): void {
    if (position - this.#boundary <= this.#maxStanzaBytes) return
    throw new StreamViolation('too-big', `a stanza is longer than ${this.#maxStanzaBytes} bytes`)
  }

  #start(name: string, attributes: Record<string, string>): void {
    this.#depth++
    if (this.#depth > MAX_DEPTH) throw new StreamViolation('too-deep', `deeper than ${MAX_DEPTH} elements`)
    const element = bareElement(name, attributes, this.#open ?? this.#header)
    if (this.#header === null) {
      if (!element.is('stream', NS_STREAM))
        throw new StreamViolation('bad-format', `<${name}> opens no stream`)
      this.#header = element
      this.#boundary = this.#sax.position
      return
    }
    this.#open?.append(element)
    this.#open = element
  }

  #end(): void {
    this.#depth--
    if (this.#depth === 0) return this.#sink.closed()
    const element = this.#open
    if (element === null) return
    if (this.#depth > 1) {
      this.#open = element.parent
      return
    }
    this.#measure(this.#sax.position)
    this.#boundary = this.#sax.position
    this.#open = null
    this.#sink.element(element)
  }

  #text(text: string): void {
    if (this.#open !== null) this.#open.append(text)
    // RFC 6120 4.6.1: between stanzas there is whitespace, which keeps the connection alive, and nothing else.
    else if (text.trim() !== '') throw new StreamViolation('bad-format', 'text between stanzas')
  }
}

const NOTHING = Buffer.alloc(0)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new StreamViolation('unsupported-encoding', 'not UTF-8', { cause })
  }
}

/** The length without a character whose last bytes are still on their way. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes.readUInt8(bytes.length - back)
    if ((byte & 0xc0) === 0x80) continue
    return back < sequenceLength(byte) ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** RFC 3629 3: the first byte of a character says how many it has; one that cannot be first is left to the decoder. */
function sequenceLength(first: number): number {
  if (first < 0xc0 || first > 0xf4) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}

/** RFC 6120 11.6: the only encoding is UTF-8. */
function refuseEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === 'utf-8') return
  throw new StreamViolation('unsupported-encoding', `the stream says that it is ${encoding}`)
}

function restricted(what: string): never {
  throw new StreamViolation('restricted-xml', `a ${what} in the stream`)
}
