import type { DownFrame } from '../shared/wire/down.ts'
import type { UpFrame } from '../shared/wire/up.ts'
import type { Logger } from './log.ts'
import { xml, type Element } from './xmpp/xml.ts'

/** Prints what passes, for `TRACE=1`: shapes and addresses, with secrets and texts masked. */
export interface Trace {
  frame(direction: 'up' | 'down', sessionId: string, frame: UpFrame | DownFrame): void
  stanza(direction: 'in' | 'out', sessionId: string, stanza: Element): void
}

export const noTrace: Trace = { frame: () => undefined, stanza: () => undefined }

/** A trace whose lines go to the log at `info`, so that `TRACE=1` needs no other log level. */
export function traceTo(log: Logger): Trace {
  return {
    frame: (direction, sessionId, frame) =>
      log.info({ sessionId, frame: maskFrame(frame) }, `frame ${direction}`),
    stanza: (direction, sessionId, stanza) =>
      log.info({ sessionId, stanza: maskStanza(stanza) }, `stanza ${direction}`),
  }
}

const MASKED_FIELDS: ReadonlySet<string> = new Set(['password', 'content', 'status', 'token'])

/** The frame with each secret or text replaced by its length, however deep it stands. */
export function maskFrame(frame: UpFrame | DownFrame): unknown {
  const mask = (key: string, value: unknown) =>
    MASKED_FIELDS.has(key) && typeof value === 'string' ? masked(value) : value
  return JSON.parse(JSON.stringify(frame, mask)) as unknown
}

/** The stanza as XML with every text node replaced by its length. */
export function maskStanza(stanza: Element): string {
  return maskTexts(stanza).toString()
}

function maskTexts(element: Element): Element {
  const children = element.children.map(child =>
    typeof child === 'string' ? masked(child) : maskTexts(child),
  )
  return xml(element.name, element.attrs, ...children)
}

function masked(text: string): string {
  return `[${text.length} characters]`
}
