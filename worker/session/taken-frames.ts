import type { Handover } from '../../shared/handoff/schemas.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { conflict, type Answer, type Desk } from './desk.ts'

interface TakenFrame {
  readonly id: string | undefined
  /** The ERROR, or the STATE, that came of it. */
  answer?: DownFrame | undefined
}

/** A client has at most 32 unacknowledged; what it may send again is among so many. */
const REMEMBERED = 256

/** The frames of the sequence that were taken last, by `seq`, and what came of each: so one that comes again is known. */
export class TakenFrames {
  /** Oldest first. */
  readonly #taken = new Map<number, TakenFrame>()

  /** Remembers one, and its `answer` if it has one; forgets the oldest when there are too many. */
  remember(seq: number, id: string | undefined, answer?: DownFrame): void {
    this.#taken.set(seq, { id, answer })
    const [oldest] = this.#taken.keys()
    if (this.#taken.size > REMEMBERED && oldest !== undefined) this.#taken.delete(oldest)
  }

  /** It was refused for the time being, and is not taken after all. */
  forget(seq: number): void {
    this.#taken.delete(seq)
  }

  /** One came that was taken before: what came of it is said again, and nothing of one that was taken too long ago. */
  again(seq: number, id: string | undefined, desk: Desk): readonly Answer[] {
    const taken = this.#taken.get(seq)
    if (taken === undefined) return []
    if (taken.id !== id) return [conflict(id, desk)]
    if (taken.answer === undefined) return []
    const limited = desk.charge()
    return [limited === undefined ? { frame: taken.answer, seq } : { frame: limited, seq: undefined }]
  }

  /** Remembers an ERROR or a STATE with the frame that it is about. Returns its `seq`; undefined when there is none. */
  answered(answer: DownFrame): number | undefined {
    const id = answer.messageType === 'STATE' || answer.messageType === 'ERROR' ? answer.id : undefined
    const found = [...this.#taken].findLast(([, taken]) => id !== undefined && taken.id === id)
    if (found !== undefined) found[1].answer = answer
    return found?.[0]
  }

  /** What came of the frames behind `seq`. */
  answersBehind(seq: number): readonly (Answer & { readonly seq: number })[] {
    return [...this.#taken].flatMap(([at, { answer }]) =>
      at > seq && answer !== undefined ? [{ seq: at, frame: answer }] : [],
    )
  }

  /** What another worker remembered. */
  recall({ ids, answers }: Pick<Handover['up'], 'ids' | 'answers'>): void {
    for (const [seq, id] of ids) this.remember(seq, id)
    for (const [seq, answer] of answers ?? []) this.remember(seq, this.#taken.get(seq)?.id, answer)
  }

  /** The other way round. */
  handover(): Pick<Handover['up'], 'ids' | 'answers'> {
    const taken = [...this.#taken]
    return {
      ids: taken.flatMap(([seq, { id }]) => (id === undefined ? [] : [[seq, id]])),
      answers: taken.flatMap(([seq, { answer }]) => (answer === undefined ? [] : [[seq, answer]])),
    }
  }
}
