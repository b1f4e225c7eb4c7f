import type { Later, NoAnswer, NotOwner, Unreachable } from '../shared/handoff/outcomes.ts'
import type { WorkerRow } from '../shared/stores/workers.ts'
import type { Deps } from './deps.ts'
import { errorFacts } from './log.ts'
import type { Holding } from './routes.ts'

export type Reached<Settled> =
  | { readonly kind: 'settled'; readonly outcome: Settled; readonly workerId: string }
  /** It was sent and no answer came. */
  | { readonly kind: 'unanswered' }
  /** Nobody could take it now, and nothing of it was handled. `dead` cannot be reached. */
  | { readonly kind: 'nobody'; readonly dead: string | undefined }

type Needs = Pick<Deps, 'placement' | 'log'>
/** What a worker says that has not the session, or does not say. */
type Elsewhere = NotOwner | Later | NoAnswer

/** The owner, one more when it has gone, and whom they name: a session changes hands once in a while, not all the time. */
const MAX_CALLS = 4

/**
 * Calls the worker that holds a session, wherever it is by now. When the owner cannot be reached, or is just giving the
 * session away, another is asked: it takes over what a dead worker held, or knows who did.
 */
export async function reach<Settled extends { readonly kind: string }>(
  deps: Needs,
  { owner }: Holding,
  call: (worker: WorkerRow) => Promise<Settled | Elsewhere>,
): Promise<Reached<Settled>> {
  const search = new Search(deps)
  let worker = owner ?? (await deps.placement.anyLive())
  for (let calls = 0; worker && calls < MAX_CALLS; calls += 1) {
    const { workerId } = worker
    const outcome: Settled | Elsewhere = await call(worker)
    if (!isElsewhere(outcome)) return { kind: 'settled', outcome, workerId }
    if (outcome.kind === 'unanswered') {
      deps.log.warn('session.unanswered', { ...errorFacts(outcome.cause), workerId })
      return { kind: 'unanswered' }
    }
    worker = await search.next(workerId, outcome)
  }
  return { kind: 'nobody', dead: search.dead }
}

function isElsewhere(outcome: { readonly kind: string }): outcome is Elsewhere {
  return ['not-owner', 'later', 'unreachable', 'unanswered'].includes(outcome.kind)
}

/** Who is asked next. */
class Search {
  /** The last that could not be reached. */
  dead: string | undefined
  readonly #deps: Needs
  readonly #asked = new Set<string>()
  #putOff = false

  constructor(deps: Needs) {
    this.#deps = deps
  }

  /** Undefined when nobody is left who could know more. */
  async next(workerId: string, outcome: NotOwner | Later | Unreachable): Promise<WorkerRow | undefined> {
    const { placement, log } = this.#deps
    this.#asked.add(workerId)
    switch (outcome.kind) {
      case 'not-owner': {
        const named = await placement.get(outcome.owner)
        if (!named) return placement.anyLive(this.#asked)
        return this.#asked.has(named.workerId) ? undefined : named
      }
      case 'later': {
        const again = this.#putOff
        this.#putOff = true
        return again ? undefined : placement.anyLive(this.#asked)
      }
      case 'unreachable':
        this.dead = workerId
        placement.avoid(workerId)
        log.warn('session.owner-unreachable', { ...errorFacts(outcome.cause), workerId })
        return placement.anyLive(this.#asked)
    }
  }
}
