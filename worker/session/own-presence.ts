import type { Clock } from '../../shared/clock.ts'
import type { SetPresence } from '../../shared/wire/frames/presence.ts'
import { whileAway } from '../translate/presence.ts'

/** A line that is down for a moment is tried again. */
const AGAIN_MS = 1000

/** How the user is shown to contacts: as set by hand, but away when there has been no socket for long. */
export class OwnPresence {
  /** What the user last set. */
  set: SetPresence | undefined
  readonly #clock: Clock
  readonly #say: (frame: SetPresence) => boolean
  #away = false
  #cancel: (() => void) | undefined

  /** @param say false when the line is down */
  constructor(set: SetPresence | undefined, clock: Clock, say: (frame: SetPresence) => boolean) {
    this.set = set
    this.#clock = clock
    this.#say = say
  }

  get shown(): SetPresence | undefined {
    return this.#away ? whileAway(this.set) : this.set
  }

  /** It was overtaken by what the user set later. */
  isOlder({ order }: SetPresence): boolean {
    return order !== undefined && order < (this.set?.order ?? 0)
  }

  /** There has been no socket for long, or there is one again. */
  turn(away: boolean): void {
    if (away === this.#away) return
    const before = this.shown
    this.#away = away
    if (this.shown !== before) this.#tell()
  }

  end(): void {
    this.#cancel?.()
  }

  #tell(): void {
    this.#cancel?.()
    if (this.#say(this.shown ?? { messageType: 'PRESENCE', show: 'available' })) return
    this.#cancel = this.#clock.after(AGAIN_MS, () => this.#tell())
  }
}
