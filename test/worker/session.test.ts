import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Gate } from '../../shared/gate.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import { Sessions } from '../../worker/sessions.ts'
import { noTrace } from '../../worker/trace.ts'
import { KnownFeatures } from '../../worker/features.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeXmpp, mechanisms, type FakeClient } from '../support/fake-xmpp.ts'
import { silentLog } from '../support/log.ts'

const CONNECTION = 'c='
const JID = 'ana@localhost/here'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

/** The sessions of a worker between a server that a test plays and a gateway that takes everything. */
class Subject {
  readonly clock = new FakeClock()
  readonly frames: DownFrame[] = []
  readonly hungUp: string[] = []
  readonly sessions: Sessions
  sessionId = ''
  /** The socket takes the next frame when this resolves. */
  reads = Promise.resolve()

  constructor(maxQueueBytes = 1_000_000) {
    this.sessions = new Sessions({
      domain: 'localhost',
      maxSessions: 10,
      deps: {
        clock: this.clock,
        features: new KnownFeatures(this.clock),
        random: () => 1,
        newId: () => crypto.randomUUID(),
        log: silentLog,
        trace: noTrace,
        target: { host: '127.0.0.1', port: server.port, domain: 'localhost', security: 'none' },
        streamLimits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
        wireLimits: { maxContentBytes: 24_576, maxFrameBytes: 28_672 },
        frameLimits: { rate: 20, burst: 200 },
        reconnectForMs: 600_000,
        maxQueueBytes,
        logins: new Gate(16),
        rows: {
          claim: async () => ({ ok: true, replaced: undefined }),
          release: async () => undefined,
          ownerElsewhere: async () => undefined,
        },
        post: async (_connectionId, data) => {
          await this.reads
          this.frames.push(JSON.parse(data) as DownFrame)
          return 'taken'
        },
        hangUp: async connectionId => void this.hungUp.push(connectionId),
      },
    })
  }

  /** A session that is not welcomed yet, and the server's side of it. */
  async greet(): Promise<FakeClient> {
    const request = { connectionId: CONNECTION, username: 'ana', password: 'p', register: false }
    const opened = this.sessions.open({ ...request, handshake: false })
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.enable()
    const outcome = await opened
    if (outcome.kind === 'joined') this.sessionId = outcome.sessionId
    return client
  }

  /** A session that is welcomed. */
  async join(): Promise<FakeClient> {
    const client = await this.greet()
    // Carbons, roster, features.
    for (let question = 1; question <= 3; question += 1) await answerNext(client)
    await this.until('JOIN_SUCCESS')
    return client
  }

  send(frame: Parameters<Sessions['receive']>[1]['frame']): boolean {
    return this.sessions.receive(this.sessionId, { connectionId: CONNECTION, frame })
  }

  until(messageType: DownFrame['messageType']): Promise<DownFrame | undefined> {
    return vi.waitUntil(() => this.frames.find(frame => frame.messageType === messageType))
  }

  types(): string[] {
    return this.frames.map(frame =>
      'code' in frame ? `${frame.messageType} ${frame.code}` : frame.messageType,
    )
  }
}

/** Reads up to the next IQ of the client and answers it with an empty result. */
async function answerNext(client: FakeClient): Promise<void> {
  const { name, attrs } = await client.read()
  if (name === 'iq') client.write(`<iq type='result' id='${attrs.id}'/>`)
  else await answerNext(client)
}

test('[SN1] LEAVE is answered under its id, and a session that leaves takes no more frames', async () => {
  const subject = new Subject()
  await subject.join()
  expect(subject.send({ messageType: 'LEAVE', id: 'l1' })).toBe(true)
  expect(subject.send({ messageType: 'PING', id: 'late' })).toBe(false)
  expect(await subject.until('LEAVE')).toMatchObject({ id: 'l1', code: 'left' })
  await vi.waitUntil(() => subject.hungUp.length > 0)
  expect(subject.types()).toEqual(['JOIN_SUCCESS', 'LEAVE left'])
})

test('[SN2] a message that the server had not confirmed when it ended the session is unsure', async () => {
  const subject = new Subject()
  const client = await subject.join()
  subject.send({ messageType: 'NEW_MESSAGE', id: 'm1', to: 'ben', content: 'hello' })
  client.write(
    `<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`,
  )
  await subject.until('LEAVE')
  expect(subject.types()).toEqual(['JOIN_SUCCESS', 'ERROR unsure', 'LEAVE replaced'])
  expect(subject.frames[1]).toMatchObject({ id: 'm1' })
})

test('[SN3] a client that did not read fast enough is told why its socket is closed', async () => {
  const subject = new Subject(1000)
  const client = await subject.join()
  const body = 'x'.repeat(300)
  const message = `<message from='ben@localhost/x' type='chat'><body>${body}</body></message>`
  client.write(message.repeat(10))
  await subject.until('LEAVE')
  expect(subject.types().at(-1)).toBe('LEAVE too-slow')
  await vi.waitUntil(() => subject.hungUp.length > 0)
})

test('[SN6] more than there is room for waits at the server: each JOIN brings a part of it, and h passes that part', async () => {
  const subject = new Subject(1000)
  const client = await subject.greet()
  const message = (n: number) =>
    `<message from='ben@localhost/x' type='chat'><body>${n} ${'x'.repeat(300)}</body></message>`
  client.write([1, 2, 3, 4, 5, 6].map(message).join(''))
  await subject.until('LEAVE')
  expect(subject.types()).toEqual([
    'JOIN_SUCCESS',
    'NEW_MESSAGE',
    'NEW_MESSAGE',
    'NEW_MESSAGE',
    'LEAVE too-slow',
  ])
  expect(await lastCount(client)).toBe('3')
})

test('[SN5] contacts are listed when there is room for the list; a PING is answered in any case', async () => {
  const subject = new Subject(1000)
  const client = await subject.join()
  const reading = Promise.withResolvers<void>()
  subject.reads = reading.promise
  const message = `<message from='ben@localhost/x' type='chat'><body>${'x'.repeat(450)}</body></message>`
  // One is on its way, and one waits.
  client.write(message.repeat(2))
  await untilHeard(client)
  subject.send({ messageType: 'GET_CONTACTS', id: 'g1' })
  subject.send({ messageType: 'PING', id: 'p1' })
  reading.resolve()
  await subject.until('PONG')
  expect(subject.types().slice(3)).toEqual(['ERROR rate-limited', 'PONG'])
  subject.send({ messageType: 'GET_CONTACTS', id: 'g2' })
  expect(await subject.until('GET_CONTACTS')).toMatchObject({ id: 'g2' })
})

test('[SN4] a server that has no safe way in for a while is waited for; one that refuses the password is not', async () => {
  const subject = new Subject()
  const client = await subject.join()
  client.drop()
  const unsafe = await comeBack(subject)
  await unsafe.open(mechanisms('ANONYMOUS'))
  await unsafe.gone
  const strict = await comeBack(subject)
  await strict.open(mechanisms('PLAIN'))
  await strict.read()
  strict.write(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`)
  await subject.until('LEAVE')
  expect(subject.types()).toEqual(['JOIN_SUCCESS', 'LEAVE signed-out'])
})

/** What the client says at last, before it closes the stream, of how many stanzas it has handled. */
async function lastCount(client: FakeClient): Promise<string | undefined> {
  let count: string | undefined
  for (let element = await client.read(); element.name !== 'goodbye'; element = await client.read()) {
    if (element.name === 'a') count = element.attrs['h'] as string
  }
  return count
}

/** Waits until the session has heard all that was written before. */
async function untilHeard(client: FakeClient): Promise<void> {
  client.write(`<r xmlns='urn:xmpp:sm:3'/>`)
  while ((await client.read()).name !== 'a');
}

/** The next try of a session that lost its stream. */
async function comeBack({ clock }: Subject): Promise<FakeClient> {
  const connected = server.accept()
  let accepted = false
  void connected.then(() => (accepted = true))
  await vi.waitUntil(() => {
    // Below the time that a login may take.
    clock.advance(1000)
    return accepted
  })
  return connected
}
