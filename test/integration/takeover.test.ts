import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { WorkerProcess } from '../../local/workers.ts'
import { sleep, systemClock } from '../../shared/clock.ts'
import { documentClient } from '../../shared/stores/dynamo/client.ts'
import { dynamoSessions } from '../../shared/stores/dynamo/sessions.ts'
import type { SessionRow, Sessions } from '../../shared/stores/sessions.ts'
import { Bridge } from '../support/bridge.ts'
import { SequencedUser } from '../support/sequenced-user.ts'
import type { WebUser } from '../support/web-user.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** A lease (4 s), a look of the peers (1 s), a login, and room for a busy machine. */
const TAKEN_OVER_MS = 30_000
const WORKERS = 3
/** Of 14 sessions or more on three workers: a share may stay a little below the mean. */
const LEAST_SHARE = 3

let bridge: Bridge
let rows: Sessions
let web: WebUser
let contact: XmppUser
let name: string
let tests = 0

beforeAll(async () => {
  bridge = await Bridge.start({ workers: WORKERS, settings: { REGISTRATIONS_PER_NETWORK: '100' } })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = documentClient({ endpoint: bridge.stack.dynamo.endpoint, region: 'us-east-1', credentials })
  rows = dynamoSessions({ client, clock: systemClock, table: 'stanzagate-sessions' })
})
afterAll(() => bridge.stop())

/** A web user and a contact with an ordinary client, new ones for each test. */
beforeEach(async () => {
  tests += 1
  name = `web${tests}`
  web = await bridge.signIn(name)
  await XmppUser.register(bridge.xmpp, `contact${tests}`, 'pass')
  contact = await XmppUser.login(bridge.xmpp, `contact${tests}`, 'pass')
})
afterEach(async () => {
  await contact.logout()
  const missing = WORKERS - bridge.stack.workers.length
  await Promise.all(Array.from({ length: missing }, () => bridge.stack.addWorker()))
})

async function row(): Promise<SessionRow> {
  const [id = ''] = await rows.ofUser(name)
  const found = await rows.get(id)
  if (found === undefined) throw new Error(`${name} has no session`)
  return found
}

async function owner(): Promise<WorkerProcess> {
  const { owner: id } = await row()
  const worker = bridge.stack.workers.find(each => each.id === id)
  if (worker === undefined) throw new Error(`the owner ${id} does not run`)
  return worker
}

/** Sends until it is taken: the wire promises that nothing was done when the answer is `try-again`. */
async function say(text: string): Promise<void> {
  const heard = contact.waitForMessage(text)
  for (let taken = false; !taken;) {
    const id = `${text} ${web.frames.length}`
    web.send({ messageType: 'NEW_MESSAGE', to: contact.bareJid, content: text, id })
    const refused = web.waitFor(frame => frame.messageType === 'ERROR' && frame['id'] === id, 'a refusal')
    const answer = await Promise.race([heard, refused])
    taken = !('code' in answer)
    if ('code' in answer) expect(answer).toMatchObject({ code: 'try-again' })
    if ('code' in answer) await sleep(systemClock, Number(answer['retryAfterMs']))
    refused.catch(() => undefined)
  }
}

const toWeb = (text: string) => contact.send(`${name}@${bridge.xmpp.domain}`, text)
const heardByWeb = (text: string) =>
  web.waitFor(frame => frame['content'] === text, `the message ${text}`, TAKEN_OVER_MS)
const timesAtWeb = (text: string) => web.frames.filter(frame => frame['content'] === text).length
const timesAtContact = (text: string) =>
  contact.received.filter(stanza => stanza.getChildText('body') === text).length

function zombieSettled({ id }: WorkerProcess): Promise<void> {
  const settled = (line: string) => line.includes(id) && line.includes('claimed anew')
  return bridge.until(() => bridge.printed.some(settled), 'the zombie that finds out what is left to it')
}

/** How many sessions the rows say are this worker's. */
const heldBy = async ({ id }: WorkerProcess) => (await rows.ownedBy(id)).length
const untilHeldBy = (worker: WorkerProcess, enough: (count: number) => boolean) =>
  vi.waitUntil(async () => enough(await heldBy(worker)), { timeout: TAKEN_OVER_MS, interval: 100 })

test('[TO1] a worker is killed: its web user goes on at the same socket, and messages both ways arrive once', async () => {
  await toWeb('before')
  await heardByWeb('before')
  const killed = await owner()
  killed.kill()
  await killed.exited
  await toWeb('into the gap')
  await heardByWeb('into the gap')
  await say('after')
  await toWeb('after')
  await heardByWeb('after')
  // What was heard just before may come again: a simple client is told at least once.
  for (const text of ['into the gap', 'after']) expect(timesAtWeb(text), text).toBe(1)
  expect(timesAtContact('after')).toBe(1)
  expect((await owner()).id).not.toBe(killed.id)
  expect((await row()).epoch).toBe(2)
})

test('[TO2] a worker is told to stop amid a conversation: no error, no gap, nothing twice', async () => {
  const stopping = await owner()
  const retired = bridge.stack.retireWorker(stopping)
  let count = 0
  let moved = false
  // Until some time after the session has moved.
  for (let left = 20; left > 0; left -= moved ? 1 : 0) {
    count += 1
    moved ||= (await row()).owner !== stopping.id
    const text = `message ${count}`
    web.send({ messageType: 'NEW_MESSAGE', to: contact.bareJid, content: text, id: text })
    await Promise.all([contact.waitForMessage(text), toWeb(text), heardByWeb(text)])
  }
  await retired
  for (let each = 1; each <= count; each += 1) {
    expect(timesAtWeb(`message ${each}`)).toBe(1)
    expect(timesAtContact(`message ${each}`)).toBe(1)
  }
  expect(web.frames.filter(frame => frame.messageType === 'ERROR')).toEqual([])
  expect(await row()).toMatchObject({ epoch: 2 })
})

test('[TO3] a worker is paused: a peer takes over, and the zombie that wakes changes nothing', async () => {
  const paused = await owner()
  process.kill(paused.pid, 'SIGSTOP')
  try {
    await toWeb('while paused')
    await heardByWeb('while paused')
  } finally {
    process.kill(paused.pid, 'SIGCONT')
  }
  await zombieSettled(paused)
  await say('after')
  await toWeb('after')
  await heardByWeb('after')
  for (const text of ['while paused', 'after']) expect(timesAtWeb(text), text).toBe(1)
  expect(timesAtContact('after')).toBe(1)
  expect((await row()).owner).not.toBe(paused.id)
  expect((await row()).epoch).toBe(2)
})

test('[TO4] all workers are killed: the next one to start goes on with everything', async () => {
  const killed = bridge.stack.workers
  for (const worker of killed) worker.kill()
  await Promise.all(killed.map(worker => worker.exited))
  await toWeb('to nobody')
  await bridge.stack.addWorker()
  await heardByWeb('to nobody')
  await say('after')
  expect(timesAtWeb('to nobody')).toBe(1)
})

/** The user and the contact talk at once, and amid it something happens. All of it arrives, once and in order. */
async function talk(user: SequencedUser, topic: string, trouble: () => Promise<void> = async () => {}) {
  const texts = Array.from({ length: 25 }, (_, index) => `${topic} ${index}`)
  for (const [index, content] of texts.entries()) {
    if (index === 10) await trouble()
    user.sendAll([{ messageType: 'NEW_MESSAGE', to: contact.bareJid, content }])
    await toWeb(content)
  }
  const last = texts.at(-1)
  await user.waitFor(frame => frame['content'] === last, `the last text about ${topic}`, TAKEN_OVER_MS)
  await contact.waitForMessage(last)
  await bridge.until(() => user.waiting === 0, 'the acknowledgement of everything')
  const heard = contact.received.map(stanza => stanza.getChildText('body'))
  expect(heard.filter(text => text?.startsWith(topic))).toEqual(texts)
  const shown = user.log.map(frame => String(frame['content']))
  expect(shown.filter(text => text.startsWith(topic))).toEqual(texts)
  expect(user.log.filter(frame => frame.messageType === 'GAP' || frame['state'] === 'unsure')).toEqual([])
  expect(user.sockets).toHaveLength(1)
}

/** A sequenced user, whose session is the one that the test is about. */
async function sequenced(): Promise<SequencedUser> {
  name = `sequenced${tests}`
  return SequencedUser.signIn(bridge.url, name)
}

test('[TO5] killed under a sequenced user who talks: all arrives once and in order, at the same socket', async () => {
  const user = await sequenced()
  await talk(user, 'a death', async () => {
    const killed = await owner()
    killed.kill()
    await killed.exited
  })
  user.terminate()
})

test('[TO6] told to stop under a sequenced user who talks: the same', async () => {
  const user = await sequenced()
  let retired: Promise<void> | undefined
  await talk(user, 'a deploy', async () => {
    retired = bridge.stack.retireWorker(await owner())
  })
  await retired
  await talk(user, 'the day after')
  user.terminate()
})

test('[TO7] paused under a sequenced user who talks, and woken when a peer has taken over: the same', async () => {
  const user = await sequenced()
  const paused = await owner()
  try {
    await talk(user, 'a pause', async () => void process.kill(paused.pid, 'SIGSTOP'))
  } finally {
    process.kill(paused.pid, 'SIGCONT')
  }
  await zombieSettled(paused)
  await talk(user, 'the undead')
  user.terminate()
})

test('[TO8] a socket on which somebody else signs in while its worker is dead never hears of the session before', async () => {
  const other = `other${tests}`
  const killed = await owner()
  killed.kill()
  await killed.exited
  web.send({ messageType: 'JOIN', username: other, password: `${other}-pass` })
  await web.waitFor(frame => frame.messageType === 'JOIN_SUCCESS' && frame['to'] === other, 'a welcome')
  await toWeb('for the first alone')
  const left = async () => {
    const { epoch, sockets } = await row()
    return epoch === 2 && sockets.length === 0
  }
  await vi.waitUntil(left, { timeout: TAKEN_OVER_MS, interval: 100 })
  await contact.send(`${other}@${bridge.xmpp.domain}`, 'for the second')
  await heardByWeb('for the second')
  expect(timesAtWeb('for the first alone')).toBe(0)
  // Who comes back in time is told.
  const back = await bridge.signIn(name)
  await back.waitFor(frame => frame['content'] === 'for the first alone', 'what waited')
})

test(
  '[TO9] workers that come after two were killed get their share while a sequenced user talks: all arrives once and in order',
  { timeout: 2 * 60_000 },
  async () => {
    const user = await sequenced()
    const left = await owner()
    const moved = async () => (await owner()).id !== left.id
    // Its session is one of those that were held longest, so it moves.
    for (let each = 0; each < 12; each += 1) await bridge.signIn(`many${each}`)
    const killed = bridge.stack.workers.filter(worker => worker.id !== left.id)
    for (const worker of killed) worker.kill()
    await Promise.all(killed.map(worker => worker.exited))
    await Promise.all(killed.map(worker => untilHeldBy(worker, count => count === 0)))
    const added = await Promise.all(killed.map(() => bridge.stack.addWorker()))
    for (let round = 0; !(await moved()); round += 1) await talk(user, `round ${round}`)
    await Promise.all(added.map(worker => untilHeldBy(worker, count => count >= LEAST_SHARE)))
    await talk(user, 'the day after')
    user.terminate()
  },
)
