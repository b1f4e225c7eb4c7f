import { StreamParser, StreamViolation } from '../xmpp/parse.ts'
import type { Element } from '../xmpp/xml.ts'

/** Stanzas of ours and of servers are shorter. */
const MAX_BYTES = 1_048_576

/** As the stream it comes from began. */
const HEADER = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

/** A stanza that was kept as XML; undefined when it is none. */
export function thaw(text: string): Element | undefined {
  const elements: Element[] = []
  const parser = new StreamParser(MAX_BYTES, {
    element: element => elements.push(element),
    closed: () => undefined,
  })
  try {
    parser.write(Buffer.from(HEADER + text))
  } catch (error) {
    if (error instanceof StreamViolation) return undefined
    throw error
  }
  return elements.length === 1 ? elements[0] : undefined
}
