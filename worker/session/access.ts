import type { Resumption, TokenHash } from '../../shared/stores/sessions.ts'
import type { Saved, SocketSaved } from '../rows.ts'
import type { Opening, ResumeState } from '../xmpp/stream.ts'
import type { SessionDeps, SessionStart } from './deps.ts'
import { ABORTED, type Link } from './link.ts'
import type { Persistence } from './persistence.ts'
import type { SessionRecord } from './record.ts'
import type { Sockets } from './sockets.ts'

export interface AccessOptions {
  readonly deps: SessionDeps
  readonly link: Link
  readonly record: SessionRecord
  readonly persistence: Pick<Persistence, 'hold'>
  readonly sockets: Pick<Sockets, 'verify'>
  /** Ends all tries. */
  readonly signal: AbortSignal
}

type Online = Extract<Opening, { kind: 'online' }>

/** What the row says of a stream; undefined when it cannot be resumed. */
export function resumptionOf(
  state: ResumeState | undefined,
  handled?: Pick<Resumption, 'h' | 'hole' | 'lost'>,
): Resumption | undefined {
  if (state === undefined) return undefined
  const { id, h, max, location } = { ...state, ...handled }
  const { hole, lost } = { hole: 0, lost: 0, ...handled }
  return {
    id,
    h,
    ...(hole > 0 && { hole }),
    ...(lost > 0 && { lost }),
    ...(max !== undefined && { max }),
    ...(location !== undefined && { location }),
  }
}

/** Logins at the XMPP server with the right to make them: the row says so before, and of a new stream before it is used. */
export class Access {
  readonly #options: AccessOptions
  /** A new stream is begun and not used yet: what its server said of the one before it. */
  #unused: Pick<Online, 'failedH'> | undefined
  #tried = false

  constructor(options: AccessOptions) {
    this.#options = options
  }

  /** The first login of a new session, and its row. */
  async open(
    from: SessionStart['from'],
    tokens: () => TokenHash[],
  ): Promise<{ readonly opening: Opening; readonly saved: SocketSaved }> {
    const { link, signal } = this.#options
    if (from.kind !== 'join') return { opening: ABORTED, saved: ABORTED }
    const opening = await link.login(from.register, signal)
    if (opening.kind !== 'online') return { opening, saved: ABORTED }
    return { opening, saved: await this.#create(opening, from.connectionId, tokens()) }
  }

  /**
   * Goes on with the stream that was lost, or with another worker's (`adopted`), or with a new one. Tries once. undefined:
   * another worker holds the session, and nothing is left of the try.
   */
  async dial(adopted: boolean): Promise<Opening | undefined> {
    const { link, sockets, signal } = this.#options
    const held = await this.#mayDial(adopted)
    if (held !== 'saved' || signal.aborted) return held === 'lost' ? undefined : ABORTED
    const [outcome, known] = await Promise.all([link.login(false, signal), sockets.verify()])
    // Whoever does not know whose its socket is has nobody to tell of a refusal.
    if (outcome.kind !== 'online') return known ? outcome : ABORTED
    const opening = this.#judge(outcome)
    // As with a row that cannot be written the try has failed: its stream is dropped, to be resumed by the next.
    const saved = known ? await this.#confirm(opening, adopted) : 'failed'
    if (saved === 'saved') {
      this.#unused = undefined
      return opening
    }
    link.drop()
    return saved === 'lost' ? undefined : ABORTED
  }

  /** Two holders of one stream would take it from each other for ever (ARCHITECTURE.md, RS6). */
  async #mayDial(adopted: boolean): Promise<Saved> {
    const { record, deps } = this.#options
    // The claim that came before the first login has just said whose the row is.
    const justClaimed = adopted && !this.#tried
    this.#tried = true
    if (justClaimed) return deps.fence.open ? 'saved' : 'failed'
    return record.check()
  }

  async #create({ stream }: Online, connectionId: string, tokens: TokenHash[]): Promise<SocketSaved> {
    const { deps, record } = this.#options
    const { sessionId, username } = record.row
    try {
      const credential = await deps.seal.seal(stream.credential(), { sessionId, username })
      const resumption = resumptionOf(stream.resumeState())
      const complete = {
        jid: stream.jid,
        credential,
        tokens,
        ...(resumption !== undefined && { resumption }),
      }
      return await record.create(complete, connectionId)
    } catch (cause) {
      deps.log.error({ err: cause, sessionId }, 'a credential could not be sealed')
      return { kind: 'failed' }
    }
  }

  /** A new stream that was dropped before it was used is new still when it is resumed. */
  #judge(opening: Online): Online {
    const { failedH, ...known } = opening
    if (!opening.resumed) this.#unused ??= failedH === undefined ? {} : { failedH }
    return this.#unused === undefined ? opening : { ...known, resumed: false, ...this.#unused }
  }

  /**
   * A stream that another process began, or a new one, is used only after a write under the tenure: a worker that slept
   * through its own end would else speak on it. The number of a new stream is in the row before its first push; how it
   * is resumed only later, since a successor must not go on with one on which the user is not announced (`release`).
   */
  async #confirm({ stream, resumed }: Online, adopted: boolean): Promise<Saved> {
    const { record, persistence, deps } = this.#options
    if (resumed && adopted) return record.save({ jid: stream.jid })
    if (resumed) return deps.fence.open ? 'saved' : 'failed'
    persistence.hold()
    return record.save({ stream: record.row.stream + 1, jid: stream.jid, resumption: undefined })
  }
}
