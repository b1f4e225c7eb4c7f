import type { DownFrame } from '../shared/wire/down.ts'
import type { UpFrame } from '../shared/wire/up.ts'
import type { Logger } from './log.ts'
import type { Element } from './xmpp/xml.ts'

/** Prints what passes, for `TRACE=1`: shapes and addresses, with secrets and texts masked. */
export interface Trace {
  frame(direction: 'up' | 'down', sessionId: string, frame: UpFrame | DownFrame): void
  stanza(direction: 'in' | 'out', sessionId: string, stanza: Element): void
}

export const noTrace: Trace = { frame: () => undefined, stanza: () => undefined }

export function traceTo(log: Logger): Trace {
  return {
    frame: (direction, sessionId, frame) =>
      log.info({ sessionId, frame: maskFrame(frame) }, `frame ${direction}`),
    stanza: (direction, sessionId, stanza) =>
      log.info({ sessionId, stanza: maskStanza(stanza) }, `stanza ${direction}`),
  }
}

const MASKED_FIELDS: ReadonlySet<string> = new Set(['password', 'content', 'status', 'token'])

/** The frame with each secret or text replaced by its length. */
export function maskFrame(frame: UpFrame | DownFrame): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(frame).map(([key, value]) => [
      key,
      MASKED_FIELDS.has(key) && typeof value === 'string' ? masked(value) : value,
    ]),
  )
}

/** The stanza as XML with every text node replaced by its length. */
export function maskStanza(stanza: Element): string {
  const copy = stanza.clone()
  maskTexts(copy)
  return copy.toString()
}

function maskTexts(element: Element): void {
  element.children = element.children.map(child => {
    if (typeof child === 'string') return masked(child)
    maskTexts(child)
    return child
  })
}

function masked(text: string): string {
  return `[${text.length} characters]`
}
