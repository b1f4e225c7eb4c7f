import { ClientError } from './errors.ts'
import { MAX_TEXT_BYTES } from './limits.ts'
import { bytesOf } from './pieces.ts'

// XML 1.0 section 2.2: what is no character of a text. \p{Cs} is half a surrogate pair.
const NOT_XML = /[^\t\n\r -\uFFFD\u{10000}-\u{10FFFF}]|\p{Cs}/u

/** Throws a ClientError when nobody could send this: `bad-text` (also for no text at all), `too-large`. */
export function checkText(content: string, maxTextBytes = MAX_TEXT_BYTES): void {
  if (bytesOf(JSON.stringify(content)) > maxTextBytes) throw new ClientError('too-large')
  if (content === '' || NOT_XML.test(content)) throw new ClientError('bad-text')
}
