import * as z from 'zod/mini'
import type { Random } from './ids.ts'

const rate = z.number().check(z.minimum(0), z.maximum(1))
const milliseconds = z.int().check(z.minimum(1), z.maximum(60_000))

/** A message held back this long lets those that a test sends right after it overtake it. */
const REORDER_WINDOW_MS = 50

/** The body of `PUT /_local/faults`. A rate is the share of the messages, posts or ends that it befalls. */
export const faultSettings = z.strictObject({
  seed: z.optional(z.int().check(z.minimum(0))),
  reorder: z.optional(z.strictObject({ rate, windowMs: z.optional(milliseconds) })),
  duplicate: z.optional(z.strictObject({ rate })),
  drop: z.optional(z.strictObject({ rate })),
  delayMs: z.optional(z.strictObject({ rate, ms: milliseconds })),
  postStatus: z.optional(z.strictObject({ rate, status: z.literal([403, 410, 429, 500]) })),
  dropDisconnect: z.optional(z.strictObject({ rate })),
  lateDisconnect: z.optional(z.strictObject({ rate, ms: milliseconds })),
})

export type FaultSettings = z.infer<typeof faultSettings>
type FaultName = Exclude<keyof FaultSettings, 'seed'>
type FaultStatus = NonNullable<FaultSettings['postStatus']>['status']

const names: readonly FaultName[] = [
  'reorder',
  'duplicate',
  'drop',
  'delayMs',
  'postStatus',
  'dropDisconnect',
  'lateDisconnect',
]

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for choosing faults, and the same on every machine. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Decides about each message, post and end by a seeded source of its own, so that one kind of fault falls alike
 * whatever happens to the other kinds.
 */
export class Faults {
  #settings: FaultSettings = {}
  #sources = new Map<FaultName, Random>()

  get settings(): FaultSettings {
    return this.#settings
  }

  /** Replaces all faults and starts their sources again; `{}` ends them. */
  set(settings: FaultSettings): void {
    this.#settings = settings
    const seed = settings.seed ?? 1
    this.#sources = new Map(names.map((name, at) => [name, mulberry32(seed + at * 0x9e3779b9)]))
  }

  /** After how many milliseconds each delivery of an inbound message takes place; none when it is dropped. */
  deliveries(): number[] {
    const { reorder, delayMs } = this.#settings
    const dropped = this.#befalls('drop')
    const doubled = this.#befalls('duplicate')
    const held = this.#befalls('reorder') ? (reorder?.windowMs ?? REORDER_WINDOW_MS) : 0
    const late = this.#befalls('delayMs') ? (delayMs?.ms ?? 0) : 0
    if (dropped) return []
    return doubled ? [held + late, held + late] : [held + late]
  }

  /** The status that a POST gets instead of being sent. */
  postStatus(): FaultStatus | undefined {
    return this.#befalls('postStatus') ? this.#settings.postStatus?.status : undefined
  }

  /** Whether the end of a connection goes by without its `$disconnect`. */
  dropsDisconnect(): boolean {
    return this.#befalls('dropDisconnect')
  }

  /** How many milliseconds after the end of a connection its `$disconnect` comes. */
  disconnectDelayMs(): number {
    return this.#befalls('lateDisconnect') ? (this.#settings.lateDisconnect?.ms ?? 0) : 0
  }

  #befalls(name: FaultName): boolean {
    const setting = this.#settings[name]
    const draw = this.#sources.get(name)
    return setting !== undefined && draw !== undefined && draw() < setting.rate
  }
}
