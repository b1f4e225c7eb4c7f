import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { WorkerProcess } from '../../local/workers.ts'
import { systemClock } from '../../shared/clock.ts'
import { documentClient } from '../../shared/stores/dynamo/client.ts'
import { dynamoSessions } from '../../shared/stores/dynamo/sessions.ts'
import type { SessionRow, Sessions } from '../../shared/stores/sessions.ts'
import { Bridge, type BridgeOptions } from '../support/bridge.ts'
import { numbered, Person } from '../support/person.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** A lease (4 s), a look of the peers (1 s), a login, and room for a busy machine. */
const TAKEN_OVER_MS = 30_000
const WORKERS = 2
const TEXTS = numbered(45, 'text')
const LAST = 'that was all'

let bridge: Bridge
let rows: Sessions
let ann: Person
let ben: XmppUser
/** Each status of Ann's client since she was online first. */
let statuses: string[]
let tests = 0

/** Ann is at the bridge, Ben at the XMPP server itself and in the same conversation. */
function onServer(prosody: BridgeOptions['prosody']): void {
  beforeAll(async () => {
    bridge = await Bridge.start({ prosody, workers: WORKERS })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const client = documentClient({
      endpoint: bridge.stack.dynamo.endpoint,
      region: 'us-east-1',
      credentials,
    })
    rows = dynamoSessions({ client, clock: systemClock, table: 'stanzagate-sessions' })
  })
  beforeEach(async () => {
    tests += 1
    ann = new Person(bridge.url, { username: `ann${tests}`, password: 'pass' })
    await ann.client.connect()
    statuses = []
    ann.client.on('status', ({ kind }) => void statuses.push(kind))
    await XmppUser.register(bridge.xmpp, `ben${tests}`, 'pass')
    ben = await XmppUser.login(bridge.xmpp, `ben${tests}`, 'pass')
  })
  afterEach(async () => {
    await ann.client.close()
    await ben.logout()
    const missing = WORKERS - bridge.stack.workers.length
    await Promise.all(Array.from({ length: missing }, () => bridge.stack.addWorker()))
  })
  afterAll(() => bridge.stop())
}

async function row(): Promise<SessionRow> {
  const [id = ''] = await rows.ofUser(ann.name)
  const found = await rows.get(id)
  if (found === undefined) throw new Error(`${ann.name} has no session`)
  return found
}

async function owner(): Promise<WorkerProcess> {
  const { owner: id } = await row()
  const worker = bridge.stack.workers.find(each => each.id === id)
  if (worker === undefined) throw new Error(`the owner ${id} does not run`)
  return worker
}

/** Both write at once. Resolves when Ben's texts are at the server; Ann's may wait for a worker. */
async function bothSay(texts: readonly string[]): Promise<void> {
  for (const content of texts) {
    ann.client.send({ to: ben.bareJid, content })
    await ben.send(`${ann.name}@${bridge.xmpp.domain}`, content)
  }
}

/** A conversation, in the middle of which something happens. Resolves when all that came of it is known. */
async function talk(trouble: () => Promise<unknown>): Promise<void> {
  const { epoch } = await row()
  await bothSay(TEXTS.slice(0, 15))
  const over = trouble()
  await bothSay(TEXTS.slice(15, 30))
  await over
  await vi.waitUntil(async () => (await row()).epoch > epoch, { timeout: TAKEN_OVER_MS, interval: 100 })
  await bothSay(TEXTS.slice(30))
  await ann.got(TEXTS.length)
  await ann.settled()
  // What was sent before cannot come after it.
  ann.client.send({ to: ben.bareJid, content: LAST })
  await ben.waitForMessage(LAST)
}

async function killOwner(): Promise<void> {
  const killed = await owner()
  killed.kill()
  await killed.exited
}

const heardByBen = (content: string) =>
  ben.received.filter(stanza => stanza.getChildText('body') === content).length

/** Ann stayed where she was, and nothing is lost or doubled. What nobody can know is not doubled. Returns how much that is. */
function expectOnce(): number {
  // Any other would say that the socket was lost.
  expect(statuses.filter(kind => kind !== 'catching-up' && kind !== 'online')).toEqual([])
  expect(ann.errors).toEqual([])
  expect(ann.texts).toEqual(TEXTS)
  const sent = [...ann.client.snapshot().messages.values()].filter(({ content }) => content !== LAST)
  expect(sent.map(({ content }) => content)).toEqual(TEXTS)
  for (const { content, state } of sent) {
    if (state === 'unsure') expect(heardByBen(content), content).toBeLessThanOrEqual(1)
    else expect([state, heardByBen(content)], content).toEqual(['sent', 1])
  }
  return sent.filter(({ state }) => state === 'unsure').length
}

/** A receipt, for example, is in no archive. It may come behind what the archive has. */
const toldOfGap = () => bridge.until(() => ann.gaps.length > 0, `a gap for ${ann.name}`)

/** Ben sees whether Ann is there. */
async function meet(): Promise<void> {
  ann.client.on('subscription', ({ from }) => ann.client.answerSubscription(from, 'approve'))
  await ben.sendPresence({ type: 'subscribe', to: `${ann.name}@${bridge.xmpp.domain}` })
  await untilAnnIs(undefined)
}

const untilAnnIs = (type: 'unavailable' | undefined) =>
  ben.waitFor(
    stanza =>
      stanza.is('presence') &&
      String(stanza.attrs['from']).startsWith(`${ann.name}@`) &&
      stanza.attrs['type'] === type,
    `presence of ${ann.name}: ${type ?? 'available'}`,
    TAKEN_OVER_MS,
  )

describe('without stream management (XEP-0198)', () => {
  onServer({ without: ['smacks'] })

  test('[LV1] a worker is killed amid a conversation: another binds anew, and the archive has what came meanwhile', async () => {
    await talk(killOwner)
    expect(ann.client.snapshot().self?.features).toEqual({ resume: false, archive: true })
    expect(expectOnce()).toBe(0)
    expect((await row()).stream).toBe(2)
    await toldOfGap()
  })

  test('[LV2] a worker is told to stop amid a conversation: the same', async () => {
    await talk(async () => bridge.stack.retireWorker(await owner()))
    expect(expectOnce()).toBe(0)
    expect((await row()).stream).toBe(2)
    await toldOfGap()
  })
})

describe('without an archive (XEP-0313)', () => {
  onServer({ without: ['mam'] })

  test('[LV3] a worker is killed amid a conversation: another goes on with the stream, which misses nothing', async () => {
    await talk(killOwner)
    expect(ann.client.snapshot().self?.features).toEqual({ resume: true, archive: false })
    expectOnce()
    expect((await row()).stream).toBe(1)
    expect(ann.gaps).toEqual([])
  })
})

describe('without an archive, on a server that keeps lost streams for a second', () => {
  onServer({ without: ['mam'], hibernationSeconds: 1 })

  test('[LV4] no worker is there until the server has given the stream up: its user is told of a gap', async () => {
    await meet()
    await talk(async () => {
      const killed = bridge.stack.workers
      for (const worker of killed) worker.kill()
      await untilAnnIs('unavailable')
      await bridge.stack.addWorker()
    })
    expectOnce()
    expect((await row()).stream).toBe(2)
    await toldOfGap()
  })
})
