import { mulberry32 } from '../../../local/gateway/faults.ts'
import { sleep, type Clock } from '../../../shared/clock.ts'
import { HistoryFile } from '../history/write.ts'
import { pick, type Random } from '../plan/draw.ts'
import type { Input, Output } from './jobs.ts'
import { Person } from './person.ts'

/** JOINs under way at once: each costs the bridge a login. */
const JOINS_AT_ONCE = 8
/** A user changes presence once in so many messages. */
const PRESENCE_EVERY = 15
/** Every other user is content with so many: what is shown of those later was told to a worker that may be gone by then. */
const FEW_PRESENCES = 2

/** The people of one process. */
export class Crowd {
  readonly #people: readonly Person[]
  readonly #random: Random
  readonly #clock: Clock
  readonly #history: HistoryFile
  readonly #ended = new AbortController()
  #talk = new AbortController()

  constructor(input: Input<'begin'>, clock: Clock) {
    const { url, password, historyFile, seed, people } = input
    this.#history = new HistoryFile(historyFile)
    this.#random = mulberry32(seed)
    this.#clock = clock
    this.#people = people.map(
      person => new Person({ ...person, url, password, clock, record: this.#history.of(person.name) }),
    )
  }

  /** Resolves when all are online and have asked to see their contacts. */
  async connect(): Promise<void> {
    const waiting = [...this.#people]
    const joinOne = async () => {
      for (let person = waiting.pop(); person !== undefined; person = waiting.pop()) {
        await person.connect()
        await person.befriend()
      }
    }
    await Promise.all(Array.from({ length: JOINS_AT_ONCE }, joinOne))
  }

  /** Until `hush`, at times of chance around the pace; at 0 they listen. Whoever is offline writes as well. */
  talk({ perSecond, presences }: Input<'talk'>): void {
    this.#talk = new AbortController()
    for (const person of this.#people) person.startCounting()
    if (perSecond > 0) void this.#keepTalking({ perSecond, presences }, this.#talk.signal)
  }

  hush(): void {
    this.#talk.abort()
  }

  async reload(names: readonly string[], how: 'close' | 'crash'): Promise<void> {
    const found = this.#people.filter(person => names.includes(person.name))
    await Promise.all(found.map(person => person.reload(how)))
  }

  look(): Output<'look'> {
    const looks = this.#people.map(person => person.look())
    const sum = (of: (look: (typeof looks)[number]) => number) =>
      looks.reduce((all, look) => all + of(look), 0)
    return {
      online: sum(look => Number(look.online)),
      queued: sum(look => look.queued),
      acknowledged: sum(look => look.acknowledged),
      shown: sum(look => look.shown),
    }
  }

  async finish(): Promise<void> {
    this.#ended.abort()
    await Promise.all(this.#people.map(person => person.finish()))
    this.#history.close()
  }

  async #keepTalking({ perSecond, presences }: Input<'talk'>, signal: AbortSignal): Promise<void> {
    const begin = this.#clock.monotonic()
    // From the beginning on, not from the last message: a pause of the machine does not make the talk slower.
    for (let said = 0; !signal.aborted; said += 1) {
      const due = begin + ((said + this.#random()) * 1000) / perSecond
      await sleep(this.#clock, Math.max(0, due - this.#clock.monotonic()), signal)
      if (!signal.aborted) this.#say(presences)
    }
  }

  #say(presences: boolean): void {
    const person = pick(this.#random, this.#people)
    person.send(pick(this.#random, person.peers))
    if (presences && this.#random() * PRESENCE_EVERY < 1 && !isContent(person)) person.setPresence()
  }
}

function isContent({ name, presences }: Person): boolean {
  return presences >= FEW_PRESENCES && /[02468]$/.test(name)
}
