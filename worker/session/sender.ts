import type { Clock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { ErrorFrame } from '../../shared/wire/frames/session.ts'
import type { Suspect, Verdict } from '../translate/effects.ts'
import { errorFrame } from '../translate/error-frame.ts'
import type { Element } from '../xmpp/xml.ts'
import type { Sent } from './line.ts'
import { isText, Outbox, type Outgoing, type Waiting } from './outbox.ts'

export interface SenderOptions {
  readonly mode: 'simple' | 'sequenced'
  readonly clock: Clock
  readonly send: (stanza: Element) => Sent
  readonly push: (frame: DownFrame) => void
  readonly settled: (seqs: readonly number[]) => void
  /** Looks for these in the archive; `checked` tells what came of it. */
  readonly check: (suspects: readonly Suspect[]) => void
}

/** A line that is down for a moment (a stream to be resumed, a lease to be renewed) is tried again this often. */
const RETRY_MS = 1000
/** Suspects come in batches, and one search does for all that are there by then. */
const GATHER_MS = 50

/**
 * Stanzas that must arrive, on their way up. For a simple client each is tried once, and what a lost stream leaves in doubt
 * is told. For a sequenced client they go in order, each once: what the server certainly has not is sent again, what it may
 * have is looked for first, and all behind it wait so long.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #outbox = new Outbox()
  /** The new stream is not introduced yet. */
  #held = false
  /** The archive is being searched. */
  #checking = false
  /** The server has so many of our stanzas of this stream. */
  #acked = 0
  #cancel: (() => void) | undefined

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get full(): boolean {
    return this.#outbox.full
  }

  /** `over`: it was not taken, and nothing of it is kept. */
  offer(outgoing: Outgoing, suspect: boolean): 'taken' | 'over' {
    if (!suspect && !this.#held && this.#outbox.waiting.length === 0)
      return this.#send(outgoing) ? 'taken' : 'over'
    this.#wait(outgoing, suspect)
    this.#flush()
    return 'taken'
  }

  /** The server has our first `count` stanzas of this stream. */
  acknowledged(count: number): void {
    this.#acked = count
    this.#settle(this.#outbox.acknowledged(count))
  }

  /** The stream is gone for good; `failedH` is what its server says that it had handled. */
  startOver(failedH: number | undefined): void {
    const { arrived, unsent, unknown } = this.#outbox.startOver(failedH)
    this.#settle(arrived)
    this.#acked = 0
    if (this.#options.mode === 'simple') {
      for (const { frameId } of unsent) this.#options.push(notSent(frameId))
      for (const { frameId } of unknown) this.#options.push(unsure(frameId))
      return
    }
    this.#held = true
    this.#outbox.putBack([
      ...unsent.map(outgoing => ({ ...outgoing, suspect: false })),
      ...unknown.map(outgoing => ({ ...outgoing, suspect: isText(outgoing) })),
    ])
  }

  /** The stream can be sent on: a new one once it is introduced. */
  go(): void {
    this.#held = false
    this.#flush()
  }

  /** What the search in the archive found. */
  checked({ found, missing, unsure: unknown }: Verdict): void {
    this.#checking = false
    for (const suspect of this.#outbox.suspects) {
      const id = String(suspect.stanza.attrs['id'])
      if (missing.includes(id)) this.#outbox.clear(suspect)
      if (unknown.includes(id)) this.#tellUnsure(suspect)
      if (found.includes(id) || unknown.includes(id)) this.#finish(suspect)
    }
    const isOver = found.length + missing.length + unknown.length > 0
    if (isOver) this.#flush()
    else this.#later(RETRY_MS)
  }

  /** What another process began to send on its stream, by its numbers there, and what it had yet to send. */
  recall(sent: readonly (readonly [number, Outgoing])[], waiting: readonly Waiting[]): void {
    for (const [number, outgoing] of sent) this.#outbox.add(number, outgoing)
    for (const outgoing of waiting) this.#outbox.wait(outgoing)
    // The resumed stream may have said already how far the server is.
    this.acknowledged(this.#acked)
  }

  /** The other way round. */
  get remembered(): Pick<Outbox, 'sent' | 'waiting'> {
    return this.#outbox
  }

  /** No stream will come any more: what the last one may have swallowed is told. */
  giveUp(): void {
    const { unknown } = this.#outbox.startOver(undefined)
    for (const outgoing of [...unknown, ...this.#outbox.suspects]) this.#tellUnsure(outgoing)
  }

  /** Nothing more is sent. */
  end(): void {
    this.#held = true
    this.#cancel?.()
  }

  /** All but a text may be said twice. */
  #wait(outgoing: Outgoing, suspect: boolean): void {
    this.#outbox.wait({ ...outgoing, suspect: suspect && isText(outgoing) })
  }

  #flush(): void {
    if (this.#held) return
    for (let next = this.#outbox.next; next !== undefined; next = this.#outbox.next) {
      if (!this.#send(next)) return this.#later(RETRY_MS)
      this.#outbox.drop(next)
    }
    if (this.#outbox.suspects.length > 0 && !this.#checking) this.#later(GATHER_MS)
  }

  #later(ms: number): void {
    this.#cancel ??= this.#options.clock.after(ms, () => {
      this.#cancel = undefined
      this.#again()
    })
  }

  #again(): void {
    if (this.#outbox.next !== undefined) return this.#flush()
    const { suspects } = this.#outbox
    if (this.#held || this.#checking || suspects.length === 0) return
    this.#checking = true
    this.#options.check(suspects.map(suspectOf))
  }

  /** False when the line is down. */
  #send(outgoing: Outgoing): boolean {
    const sent = this.#options.send(outgoing.stanza)
    if (sent.kind === 'over') return false
    if (sent.number !== undefined) this.#outbox.add(sent.number, outgoing)
    // Nobody will ever say more about it.
    else this.#settle([outgoing])
    return true
  }

  #finish(suspect: Waiting): void {
    this.#outbox.drop(suspect)
    this.#settle([suspect])
  }

  #settle(outgoings: readonly Outgoing[]): void {
    const seqs = outgoings.map(({ seq }) => seq).filter(seq => seq !== undefined)
    if (seqs.length > 0) this.#options.settled(seqs)
  }

  #tellUnsure(outgoing: Outgoing): void {
    const { frameId: id } = outgoing
    if (this.#options.mode === 'simple') return this.#options.push(unsure(id))
    if (id === undefined || !isText(outgoing)) return
    this.#options.push({ messageType: 'STATE', id, state: 'unsure', code: 'unsure', message: UNSURE })
  }
}

function suspectOf({ stanza }: Outgoing): Suspect {
  return { stanzaId: String(stanza.attrs['id']), to: String(stanza.attrs['to']) }
}

const UNSURE = 'The connection to the XMPP server broke before it confirmed this message.'

function unsure(id: string | undefined): ErrorFrame {
  return errorFrame('unsure', UNSURE, id)
}

/** The message certainly did not reach the server. */
export function notSent(id: string | undefined): ErrorFrame {
  return errorFrame('try-again', 'The XMPP server did not get this message.', id, 1000)
}
