import { afterEach, expect, test } from 'vitest'
import { numbered, Person } from '../support/person.ts'
import { until } from '../support/until.ts'
import { visit } from '../target/visit.ts'

const bridge = visit()
const people: Person[] = []
afterEach(() => Promise.all(people.splice(0).map(person => person.leave())))

/** Two users who are online. */
async function pair(): Promise<[Person, Person]> {
  const [ann, ben] = bridge.people('ann', 'ben')
  const both: [Person, Person] = [new Person(bridge.url, ann), new Person(bridge.url, ben)]
  people.push(...both)
  await Promise.all(both.map(({ client }) => client.connect()))
  return both
}

test('[CI1] two clients talk: each message arrives once and in order, long ones whole, and is known to be sent', async () => {
  const [ann, ben] = await pair()
  const long = `${'é"\n'.repeat(10_000)}.`
  for (const text of [...numbered(30, 'to ben'), long]) ann.say(ben, text)
  for (const text of numbered(30, 'to ann')) ben.say(ann, text)
  await ben.got(31)
  await ann.got(30)
  await Promise.all([ann.settled(), ben.settled()])
  expect(ben.texts).toEqual([...numbered(30, 'to ben'), long])
  expect(ann.texts).toEqual(numbered(30, 'to ann'))
  expect(ann.client.snapshot().unsent).toEqual([])
  expect([...ann.errors, ...ben.errors]).toEqual([])
})

test('[CI2] sockets that are cut again and again cost nothing but time', async () => {
  const [ann, ben] = await pair()
  for (const round of [0, 1, 2, 3]) {
    for (const text of numbered(10, `round ${round}`)) ann.say(ben, text)
    ann.cut()
    if (round % 2 === 0) ben.cut()
    await until(() => ann.client.snapshot().status.kind === 'online', 'ann online again')
  }
  await ben.got(40)
  await ann.settled()
  expect(ben.texts).toEqual([0, 1, 2, 3].flatMap(round => numbered(10, `round ${round}`)))
  expect(ann.client.snapshot().unsent).toEqual([])
})

test('[CI3] a reload goes on with the token alone: what was written offline goes out, what came meanwhile comes in', async () => {
  const [ann, ben] = await pair()
  ben.say(ann, 'before')
  await ann.got(1)
  await ann.client.close()
  ann.say(ben, 'written offline')
  ben.say(ann, 'meanwhile')
  await ben.settled()
  await ann.reload({ credentials: undefined })
  await ben.got(1)
  await ann.got(2)
  expect(ann.texts).toEqual(['before', 'meanwhile'])
  expect(ben.texts).toEqual(['written offline'])
})

test('[CI6] leaving ends the session and empties the store', async () => {
  const [ann] = await pair()
  await ann.client.leave()
  expect(await ann.store.load()).toBeUndefined()
  await expect(ann.reload({ credentials: undefined })).rejects.toMatchObject({ code: 'no-credentials' })
})
