import { randomUUID } from 'node:crypto'
import { systemClock } from '../../shared/clock.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { KnownFeatures } from '../../worker/features.ts'
import { Conversation } from '../../worker/session/conversation.ts'
import type { ServerFeatures } from '../../worker/translate/effects.ts'
import { openStream, type Stream, type StreamOptions } from '../../worker/xmpp/stream.ts'
import { Inbox } from './inbox.ts'
import type { Server } from './cast.ts'

type DownType = DownFrame['messageType']
type FrameOf<T extends DownType> = Extract<DownFrame, { messageType: T }>

/** The conversation of a sequenced session on a stream of a real server, with no socket, log or row around it. */
export class Talker {
  readonly username: string
  readonly conversation: Conversation
  readonly features: ServerFeatures
  readonly #inbox: Inbox<DownFrame>
  readonly #settled: Inbox<number>
  readonly #stream: Stream

  private constructor(parts: Parts, stream: Stream, features: ServerFeatures) {
    this.username = parts.username
    this.conversation = parts.conversation
    this.#inbox = parts.inbox
    this.#settled = parts.settled
    this.#stream = stream
    this.features = features
  }

  /** Signs in, with a new account where there is none, and is introduced to its server. */
  static async enter(server: Server, username = `talker-${randomUUID().slice(0, 8)}`): Promise<Talker> {
    const introduced = Promise.withResolvers<ServerFeatures>()
    let line: Stream | undefined
    const parts = makeParts(server, username, introduced.resolve, () => line)
    const opening = await openStream(streamOptions(server, parts), new AbortController().signal)
    if (opening.kind !== 'online') throw new Error(`the login ended ${opening.kind}`)
    line = opening.stream
    parts.conversation.introduce(line.jid)
    return new Talker(parts, line, await introduced.promise)
  }

  /** The next frame of a type, of those that nobody was given before. */
  async next<T extends DownType>(type: T, accepts: (frame: FrameOf<T>) => boolean = () => true) {
    const isIt = (frame: DownFrame): frame is FrameOf<T> =>
      frame.messageType === type && accepts(frame as FrameOf<T>)
    return (await this.#inbox.waitFor(isIt, type)) as FrameOf<T>
  }

  /** All frames so far. */
  get told(): readonly DownFrame[] {
    return this.#inbox.all
  }

  /** Resolves when this frame is settled. */
  async settled(seq: number): Promise<void> {
    await this.#settled.waitFor(each => each === seq, `the end of frame ${seq}`)
  }

  async leave(): Promise<void> {
    this.conversation.end()
    await this.#stream.close()
  }
}

interface Parts {
  readonly username: string
  readonly conversation: Conversation
  readonly inbox: Inbox<DownFrame>
  readonly settled: Inbox<number>
}

function makeParts(
  { domain }: Server,
  username: string,
  introduced: (features: ServerFeatures) => void,
  stream: () => Stream | undefined,
): Parts {
  const inbox = new Inbox<DownFrame>(username, frame => JSON.stringify(frame))
  const settled = new Inbox<number>(username, String)
  const conversation = new Conversation({
    own: { local: username, domain },
    mode: 'sequenced',
    clock: systemClock,
    newId: randomUUID,
    limits: { maxContentBytes: 8192, maxTextBytes: 65_536, maxFrameBytes: 28_416 },
    features: new KnownFeatures(systemClock),
    noteAsking: () => undefined,
    line: {
      send: stanza => {
        const line = stream()
        return line === undefined ? { kind: 'over' } : { kind: 'sent', number: line.send(stanza) }
      },
      heard: (_count, frames) => {
        for (const frame of frames) inbox.push(frame)
      },
      push: frame => inbox.push(frame),
      introduced,
      gathered: () => true,
      settled: seqs => {
        for (const seq of seqs) settled.push(seq)
      },
    },
  })
  return { username, conversation, inbox, settled }
}

function streamOptions(server: Server, { username, conversation }: Parts): StreamOptions {
  const { host, tlsPort: port, domain, ca } = server
  return {
    target: { host, port, domain, security: 'direct-tls', ca },
    credential: { kind: 'password', username, password: 'pass' },
    resource: `bridge-${randomUUID().slice(0, 8)}`,
    register: true,
    limits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
    onStanza: (stanza, count) => conversation.onStanza(stanza, count),
    onAcked: count => conversation.acknowledged(count),
    onClosed: () => undefined,
  }
}
