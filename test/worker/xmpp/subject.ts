import {
  openStream,
  type Opening,
  type Stream,
  type StreamEnd,
  type StreamOptions,
} from '../../../worker/xmpp/stream.ts'
import { Arrivals } from '../../support/arrivals.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import type { FakeClient, FakeXmpp } from '../../support/fake-xmpp.ts'

export const LOGIN_TIMEOUT_MS = 15_000
export const JID = 'juliet@localhost/balcony'
/** What the fake server keeps of the account that `password` opens. */
export const account = {
  mechanism: 'SCRAM-SHA-1',
  password: 'pencil',
  salt: Buffer.from('salt'),
  iterations: 10,
} as const
export const SM_ACK = (h: number | string) => `<a xmlns='urn:xmpp:sm:3' h='${h}'/>`
export const password = { kind: 'password', username: 'juliet', password: 'pencil' } as const

type Overrides = Partial<Omit<StreamOptions, 'target'>> & { target?: Partial<StreamOptions['target']> }

/** One call of openStream, and all that it reports. */
export class Subject {
  readonly clock = new FakeClock()
  readonly abort = new AbortController()
  /** Each stanza as it was delivered: its count, and itself. */
  readonly heard: [number | undefined, string][] = []
  readonly acked: number[] = []
  readonly ends: StreamEnd[] = []
  readonly opening: Promise<Opening>
  readonly #stanzas = new Arrivals<string>('stanza')
  readonly #ended = Promise.withResolvers<StreamEnd>()

  constructor(server: FakeXmpp, overrides: Overrides = {}) {
    const { target, ...others } = overrides
    const options: StreamOptions = {
      credential: password,
      resource: 'balcony',
      register: false,
      limits: { loginTimeoutMs: LOGIN_TIMEOUT_MS, maxStanzaBytes: 262_144 },
      clock: this.clock,
      onStanza: (stanza, count) => {
        this.heard.push([count, stanza.toString()])
        this.#stanzas.push(stanza.toString())
      },
      onAcked: acked => this.acked.push(acked),
      onClosed: reason => {
        this.ends.push(reason)
        this.#ended.resolve(reason)
      },
      ...others,
      target: { host: '127.0.0.1', port: server.port, domain: 'localhost', security: 'none', ...target },
    }
    this.opening = openStream(options, this.abort.signal)
  }

  /** Resolves with the next stanza that is delivered. */
  stanza(): Promise<string> {
    return this.#stanzas.next()
  }

  /** The end of the stream. */
  get ended(): Promise<StreamEnd> {
    return this.#ended.promise
  }

  async stream(): Promise<Stream> {
    const opening = await this.opening
    if (opening.kind !== 'online') throw new Error(`not online: ${JSON.stringify(opening)}`)
    return opening.stream
  }
}

/** A stream that is online, with stream management, and the server's side of it. */
export async function online(server: FakeXmpp, overrides: Overrides = {}) {
  const subject = new Subject(server, overrides)
  const client = await server.accept()
  await client.admit()
  await client.bind(JID)
  await client.enable()
  return { subject, client, stream: await subject.stream() }
}

/** Waits until the client has read all that was written before: it answers `<r/>` in order. Returns the `h` of its answer. */
export async function handledBy(client: FakeClient): Promise<string | undefined> {
  client.write(`<r xmlns='urn:xmpp:sm:3'/>`)
  for (;;) {
    const answer = await client.read()
    if (answer.name === 'a') return answer.attrs.h
  }
}
