import { isXmlText } from '../xmpp/xml.ts'

/** A grapheme of more code units than a flag or a family of emoji is decoration; it may be cut through. */
const LONGEST_GRAPHEME = 64

/** The quotes around a JSON text. */
const QUOTES = 2

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** How many bytes a value takes as JSON in UTF-8; for a text that is with its quotes. */
export function jsonBytes(value: object | string): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** The longest start of a text that as JSON, quotes included, has at most `maxBytes`; graphemes stay whole. */
export function cutToBytes(text: string, maxBytes: number): string {
  // One code unit is never less than one byte, so the rest needs no look.
  const start = text.slice(0, Math.max(0, maxBytes))
  if (start.length === text.length && jsonBytes(text) <= maxBytes) return text
  let end = 0
  let bytes = QUOTES
  for (const character of start) {
    bytes += jsonBytes(character) - QUOTES
    if (bytes > maxBytes) break
    end += character.length
  }
  return text.slice(0, boundary(text, end))
}

/** The longest start of a text of at most `maxUnits` UTF-16 code units; graphemes stay whole. */
export function cutToUnits(text: string, maxUnits: number): string {
  return text.length <= maxUnits ? text : text.slice(0, boundary(text, maxUnits))
}

/** Where the grapheme begins that a cut at `end` would split; never between two surrogates. */
function boundary(text: string, end: number): number {
  const start = graphemes.segment(text).containing(end)?.index ?? end
  if (end - start <= LONGEST_GRAPHEME) return start
  return isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/**
 * The text in pieces of at most `maxBytes` as JSON each, quotes included; one at least. Graphemes stay whole, so `maxBytes` has
 * room for the longest.
 */
export function splitByBytes(text: string, maxBytes: number): string[] {
  const pieces: string[] = []
  let rest = text
  do {
    const piece = cutToBytes(rest, maxBytes)
    pieces.push(piece)
    rest = rest.slice(piece.length)
  } while (rest !== '')
  return pieces
}

/** XML 1.0 2.11: every parser on the way reads each line end as LF, so LF is what is sent. */
export function asElementText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n')
}

/** XML 1.0 3.3.3: every parser on the way reads white space in an attribute as spaces, so spaces are sent. */
export function asAttribute(text: string): string {
  return asElementText(text).replaceAll(/[\t\n]/g, ' ')
}

/** Whether an attribute carries the text unchanged. */
export function isAttribute(text: string): boolean {
  return isXmlText(text) && asAttribute(text) === text
}
