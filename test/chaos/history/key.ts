/** A name of the talk. Nobody else in a run has one like it. */
export function userName(index: number): string {
  return `u${index}`
}

/** The text of message `number` (from 1) from one to the other. */
export function keyOf(from: string, to: string, number: number): string {
  return `${from}>${to}#${number}`
}

/** One message of so many is long, and travels in parts. */
const LONG_EVERY = 40
/** Above the 8 KiB that one frame takes, and still in one batch of parts. */
const LONG_CHARACTERS = 20_000

/** The whole text of a message, which its key alone decides: whoever gets it knows whether it is whole. */
export function textOf(key: string): string {
  const { number = 1 } = readKey(key) ?? {}
  return number % LONG_EVERY === 0 ? `${key} ${'…'.padEnd(LONG_CHARACTERS, 'lorem ')}` : `${key} `
}

/** What a text is of the talk; undefined when it is none. */
export function keyIn(text: string): string | undefined {
  const key = text.split(' ', 1)[0] ?? ''
  return readKey(key) === undefined ? undefined : key
}

export interface Key {
  readonly from: string
  readonly to: string
  readonly number: number
}

/** What a text says of itself; undefined when it is no text of the talk. */
export function readKey(text: string): Key | undefined {
  const found = /^(u\d+)>(u\d+)#(\d+)$/.exec(text)
  if (found === null) return undefined
  const [, from = '', to = '', number = ''] = found
  return { from, to, number: Number(number) }
}

/** All texts of the talk that lie anywhere in this JSON. */
export function keysIn(json: string): string[] {
  return json.match(/u\d+>u\d+#\d+/g) ?? []
}
