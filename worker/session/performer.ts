import type { Effects, OutgoingStanza, Request, ServerFeatures } from '../translate/effects.ts'
import { mayAnswer } from '../translate/iq.ts'
import { translateBroken, translateReply } from '../translate/replies.ts'
import type { Translated } from '../translate/up.ts'
import type { Element } from '../xmpp/xml.ts'
import type { Knowledge } from './knowledge.ts'
import type { Line } from './line.ts'
import type { Requests } from './requests.ts'
import type { Sender } from './sender.ts'

export interface PerformerOptions {
  readonly mode: 'simple' | 'sequenced'
  readonly line: Line
  readonly knowledge: Knowledge
  readonly requests: Requests
  readonly sender: Sender
  readonly introduced: (features: ServerFeatures) => void
}

/**
 * Does what a translation wants done: pushes frames, sends stanzas, asks, and has what comes of an answer done in turn. What a
 * frame asks for is done or refused; what a stanza, an answer or the session itself asks for is done as far as the line allows.
 */
export class Performer {
  readonly #options: PerformerOptions

  constructor(options: PerformerOptions) {
    this.#options = options
  }

  /** What a frame of the client asks for. False when the line is down and nothing was done. */
  performFor(frame: Translated, effects: Effects, suspect: boolean): boolean {
    const { line, knowledge } = this.#options
    for (const { iq, request } of effects.ask ?? []) if (!this.#ask(iq, request)) return false
    for (const outgoing of effects.send ?? []) {
      if (!this.#sendFor(frame, outgoing, suspect)) return false
    }
    const seq = this.#seqOf(frame)
    // Nothing goes out for it, so nothing will be acknowledged.
    if (seq !== undefined && effects.send === undefined) line.settled([seq])
    knowledge.learn(effects)
    for (const push of effects.push ?? []) line.push(push)
    return true
  }

  /** What a stanza says, `count` being its number (see Line), and what follows from it. */
  hear(count: number | undefined, effects: Effects): void {
    this.#options.knowledge.learn(effects)
    this.#options.line.heard(count, effects.push ?? [])
    this.#follow(effects)
  }

  /** What came of an answer, of a timeout, or of the session itself. */
  perform(effects: Effects): void {
    this.#options.knowledge.learn(effects)
    for (const frame of effects.push ?? []) this.#options.line.push(frame)
    this.#follow(effects)
  }

  /** An IQ that answers one of ours, or seems to. */
  onAnswer(iq: Element): void {
    const { requests, knowledge } = this.#options
    const id = String(iq.attrs['id'])
    const open = requests.find(id)
    const view = knowledge.view()
    if (open === undefined || !mayAnswer(iq, open.to, view)) return
    const effects = translateReply(open.request, iq, view)
    requests.close(id)
    this.perform(effects)
  }

  /** What waits for an answer gets none any more. */
  giveUpRequests(): void {
    for (const request of this.#options.requests.abandon()) this.perform(translateBroken(request))
  }

  /** No answer is waited for any more, and nobody is told. */
  end(): void {
    this.#options.requests.abandon()
  }

  #follow(effects: Effects): void {
    const { line, knowledge, sender, introduced } = this.#options
    for (const { stanza, sent } of effects.send ?? []) {
      if (sent !== undefined) knowledge.wrote(stanza, sent)
      line.send(stanza)
    }
    for (const { iq, request } of effects.ask ?? []) {
      if (this.#ask(iq, request)) continue
      // What the session needs to know is not known then, as if the server had not answered.
      if (request.kind === 'archive-rules' || request.kind === 'recheck')
        this.perform(translateBroken(request))
      else this.#await(iq, request)
    }
    if (effects.checked !== undefined) sender.checked(effects.checked)
    if (effects.introduced !== undefined) introduced(effects.introduced)
  }

  #sendFor(frame: Translated, { stanza, sent }: OutgoingStanza, suspect: boolean): boolean {
    const { line, knowledge, sender } = this.#options
    if (sent !== undefined) knowledge.wrote(stanza, sent)
    const seq = this.#seqOf(frame)
    if (seq === undefined && frame.messageType !== 'NEW_MESSAGE') return line.send(stanza).kind === 'sent'
    return sender.offer({ stanza, frameId: frame.id, seq }, suspect) === 'taken'
  }

  #seqOf(frame: Translated): number | undefined {
    return this.#options.mode === 'sequenced' && 'seq' in frame ? frame.seq : undefined
  }

  #ask(iq: Element, request: Request): boolean {
    if (this.#options.line.send(iq).kind === 'over') return false
    this.#await(iq, request)
    return true
  }

  #await(iq: Element, request: Request): void {
    this.#options.requests.add(String(iq.attrs['id']), iq.attrs['to'], request)
  }
}
