import { expect, test } from 'vitest'
import { framesOf, group } from '../../../client/src/pieces.ts'
import type { SavedItem } from '../../../client/src/store.ts'
import type { Turn } from '../../../worker/session/desk.ts'
import { UpSequence } from '../../../worker/session/up-sequence.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** As JOIN_SUCCESS tells a client. */
const CONTENT_BYTES = 8192
const BATCH_BYTES = 28_672
/** After this a client that has no acknowledgement sends all again, and after twice the time again. */
const LATE_MS = 10_000

/** A client behind a link of so many kbit/s, where one byte waits for the other, and the sequence at its other end. */
class SlowLink {
  readonly taken: Turn[] = []
  syncs = 0
  readonly #clock = new FakeClock()
  readonly #up = new UpSequence(true)
  readonly #kbits: number
  readonly #items: readonly SavedItem[]
  #freeAtMs = 0
  #hold: (() => void) | undefined

  constructor(kbits: number, texts: readonly string[]) {
    this.#kbits = kbits
    this.#items = texts.map((content, index) => ({
      id: `m${index + 1}`,
      seq: index + 1,
      frame: { messageType: 'NEW_MESSAGE', to: 'jose', content },
      state: 'queued',
      atMs: index,
    }))
    this.#send()
    this.#repeatAfter(LATE_MS)
  }

  /** How long it took until all was taken; undefined when it took longer than `limitMs`. */
  run(limitMs: number): number | undefined {
    while (this.#clock.monotonic() < limitMs) {
      if (this.#up.last === this.#items.length) return this.#clock.monotonic()
      this.#clock.advance(100)
    }
    return undefined
  }

  /** All that is not taken goes into the same pipe, behind what is in it already. */
  #send(): void {
    const missing = this.#items.filter(({ seq }) => seq > this.#up.last)
    const frames = missing.flatMap(item => framesOf(item, CONTENT_BYTES))
    for (const batch of group(frames, BATCH_BYTES)) {
      const ms = (Buffer.byteLength(batch.join(',')) * 8) / this.#kbits
      this.#freeAtMs = Math.max(this.#freeAtMs, this.#clock.monotonic()) + ms
      this.#clock.after(this.#freeAtMs - this.#clock.monotonic(), () => this.#arrive(batch))
    }
  }

  #repeatAfter(ms: number): void {
    this.#clock.after(ms, () => {
      this.#send()
      this.#repeatAfter(2 * ms)
    })
  }

  #arrive(batch: readonly string[]): void {
    const frames = batch.map(text => JSON.parse(text) as unknown)
    this.#up.offer(frames, this.#clock.monotonic(), {
      handle: turn => {
        this.taken.push(turn)
        return { kind: 'taken' }
      },
      charge: () => undefined,
    })
    this.#hold?.()
    const dueMs = this.#up.holdUntilMs
    if (dueMs !== undefined)
      this.#hold = this.#clock.after(dueMs - this.#clock.monotonic(), () => this.#expire())
  }

  #expire(): void {
    if (this.#up.expire(this.#clock.monotonic()) === undefined) return
    this.syncs += 1
    this.#send()
  }
}

const longText = (letter: string) => letter.repeat(65_000)

test.each([200, 50, 24])('[US25] over a link of %i kbit/s a long text gets up at its first try', kbits => {
  const link = new SlowLink(kbits, [longText('a'), 'behind it'])
  const tookMs = link.run(60_000)
  expect(tookMs).toBeLessThan((66_000 * 8) / kbits + 1000)
  expect(link.taken.map(({ frame }) => 'content' in frame && frame.content)).toEqual([
    longText('a'),
    'behind it',
  ])
  expect(link.syncs).toBe(0)
})

test('[US25] several long texts behind each other get up as well, although the client begins again meanwhile', () => {
  const link = new SlowLink(50, ['a', 'b'].map(longText))
  expect(link.run(60_000)).toBeDefined()
  expect(link.taken.map(({ seq }) => seq)).toEqual([1, 2])
  expect(link.syncs).toBe(0)
})
