import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultSettings } from '../../local/gateway/faults.ts'
import { Bridge } from '../support/bridge.ts'
import { numbered, Person } from '../support/person.ts'

let bridge: Bridge
let tests = 0
const people: Person[] = []

beforeAll(async () => {
  bridge = await Bridge.start({ workers: 2, settings: { SESSIONS_PER_USER: '1' } })
})
afterEach(async () => {
  await setFaults({})
  await Promise.all(people.splice(0).map(person => person.client.close()))
})
afterAll(() => bridge.stop())

async function setFaults(faults: FaultSettings): Promise<void> {
  const url = `${bridge.stack.gateway.managementEndpoint}/_local/faults`
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(faults) })
  expect(answer.ok).toBe(true)
}

/** Two new users who are online. */
async function pair(): Promise<[Person, Person]> {
  tests += 1
  const both: [Person, Person] = [newcomer(`ann${tests}`), newcomer(`ben${tests}`)]
  people.push(...both)
  await Promise.all(both.map(({ client }) => client.connect()))
  return both
}

function newcomer(username: string): Person {
  return new Person(bridge.url, { username, password: `${username}-pass` })
}

test('[CI4] after the session was given up, the archive tells what happened, once', async () => {
  const [ann, ben] = await pair()
  ben.say(ann, 'before')
  ann.say(ben, 'my own')
  await ann.got(1)
  await ann.settled()
  await ann.client.close()
  // There may be one session, and one without a socket gives way.
  const elsewhere = await bridge.signIn(ann.name)
  for (const text of numbered(70, 'while away')) ben.say(ann, text)
  await ben.settled()
  elsewhere.send({ messageType: 'LEAVE' })
  await elsewhere.closed
  await ann.reload()
  await ann.got(71)
  ben.say(ann, 'after')
  await ann.got(72)
  expect(ann.texts).toEqual(['before', ...numbered(70, 'while away'), 'after'])
  expect(ann.gaps).toEqual([])
})

test('[CI5] a gateway that loses, doubles and swaps what goes up changes nothing', async () => {
  const [ann, ben] = await pair()
  await setFaults({
    seed: 7,
    drop: { rate: 0.1 },
    duplicate: { rate: 0.2 },
    reorder: { rate: 0.2 },
  })
  for (const [at, text] of numbered(60, 'text').entries()) {
    ann.say(ben, text)
    if (at % 3 === 0) await new Promise(next => setImmediate(next))
  }
  await ben.got(60)
  await setFaults({})
  await ann.settled()
  expect(ben.texts).toEqual(numbered(60, 'text'))
})

test('[CI7] a worker that is killed or replaced in the middle of a talk costs no message, and doubles none', async () => {
  const [ann, ben] = await pair()
  const [first, second] = bridge.stack.workers
  for (const text of numbered(10, 'before')) ann.say(ben, text)
  first?.kill()
  for (const text of numbered(10, 'during')) ann.say(ben, text)
  await bridge.stack.addWorker()
  await ben.got(20)
  if (second !== undefined) await bridge.stack.retireWorker(second)
  for (const text of numbered(10, 'after')) ann.say(ben, text)
  for (const text of numbered(5, 'back')) ben.say(ann, text)
  await ben.got(30)
  await ann.got(5)
  await ann.settled()
  expect(ben.texts).toEqual(['before', 'during', 'after'].flatMap(when => numbered(10, when)))
  expect(ann.texts).toEqual(numbered(5, 'back'))
  expect(ann.client.snapshot().unsent).toEqual([])
  await bridge.stack.addWorker()
})
