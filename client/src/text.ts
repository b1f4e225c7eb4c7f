import { ClientError } from './errors.ts'
import { MAX_TEXT_BYTES } from './limits.ts'
import { bytesOf } from './pieces.ts'

// XML 1.0 section 2.2: what a text may be made of; with `u`, half a surrogate pair is none of it.
const XML_TEXT = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u

/** Throws a ClientError when nobody could send this: `bad-text` (also for no text at all), `too-large`. */
export function checkText(content: string, maxTextBytes = MAX_TEXT_BYTES): void {
  if (bytesOf(JSON.stringify(content)) > maxTextBytes) {
    throw new ClientError('too-large', `over ${maxTextBytes} bytes`)
  }
  if (!XML_TEXT.test(content)) {
    throw new ClientError('bad-text', 'empty, or not XML')
  }
}
