import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIND, decode, type FakeClient, FakeXmpp, mechanisms, sasl, SM } from '../../support/fake-xmpp.ts'
import type { Credential } from '../../../worker/xmpp/stream.ts'
import { account, JID, password, Subject } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

const REFUSED = `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`

/** The rest of a login after `<success/>`. */
async function settle(client: FakeClient) {
  await client.open(BIND, SM)
  await client.bind(JID)
  await client.enable()
}

describe('the mechanism', () => {
  test('[XM1] SCRAM-SHA-256 before SCRAM-SHA-1 before PLAIN', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.open(mechanisms('PLAIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'X-OAUTH2'))
    await client.authenticate({ ...account, mechanism: 'SCRAM-SHA-256' })
    await settle(client)
    const stream = await subject.stream()
    // Of several hashes the server makes one up for each login, or may.
    expect(stream.credential()).toEqual(password)
  })

  test('[XM2] the keys of a login log in again, without the password', async () => {
    const first = new Subject(server)
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1', 'PLAIN'))
    await client.authenticate(account)
    await settle(client)
    const credential = (await first.stream()).credential()
    expect(JSON.stringify(credential)).not.toContain('pencil')

    const second = new Subject(server, { credential })
    const again = await server.accept()
    await again.open(mechanisms('SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'))
    await expect(again.authenticate(account)).resolves.toBe('success')
    await settle(again)
    expect((await second.stream()).credential()).toEqual(credential)
  })

  test('[XM17] once its keys are there nothing keeps the password', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { subject, spent } = ((credential: Credential) => ({
      subject: new Subject(server, { credential }),
      spent: new WeakRef(credential),
    }))({ ...password })
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1'))
    await client.authenticate(account)
    await settle(client)
    const stream = await subject.stream()
    // What a promise has just passed on is reachable until its task is over.
    await new Promise(setImmediate)
    collect()
    expect(spent.deref()).toBeUndefined()
    expect(stream.credential()).toMatchObject({ kind: 'scram' })
  })

  test('[XM3] keys for another salt than the server has now are refused without being tried', async () => {
    const stale = { kind: 'scram', username: 'juliet', mechanism: 'SCRAM-SHA-1', iterations: 10 } as const
    const subject = new Subject(server, {
      credential: { ...stale, salt: 'b2xk', clientKey: 'AAAA', serverKey: 'AAAA' },
    })
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1'))
    const auth = await client.read()
    client.write(sasl('challenge', `${decode(auth).replace(/^.*r=/, 'r=')}+,s=bmV3,i=10`))
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'not-authorized' })
  })

  test('[XM4] PLAIN stays home without TLS, but for a loopback address', async () => {
    // 0.0.0.0 reaches the same server and is not a loopback address.
    const subject = new Subject(server, { target: { host: '0.0.0.0' } })
    const client = await server.accept()
    await client.open(mechanisms('PLAIN'))
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'insecure' })
    await expect(client.read()).resolves.toMatchObject({ name: 'goodbye' })
  })

  test.each([
    ['none at all', ''],
    ['only unknown ones', mechanisms('X-OAUTH2')],
  ])('[XM5] %s', async (_what, offer) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.open(offer)
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'no-mechanism' })
  })

  test.each([
    ['not-authorized', { kind: 'refused', code: 'not-authorized' }],
    ['account-disabled', { kind: 'refused', code: 'not-authorized' }],
    ['encryption-required', { kind: 'refused', code: 'insecure' }],
    ['mechanism-too-weak', { kind: 'refused', code: 'no-mechanism' }],
    ['temporary-auth-failure', { kind: 'failed', code: 'protocol' }],
    ['constructor', { kind: 'failed', code: 'protocol' }],
    ['something-new', { kind: 'failed', code: 'protocol' }],
  ])('[XM6] the server says %s', async (condition, outcome) => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.open(mechanisms('PLAIN'))
    await client.read()
    client.write(
      `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>no</text><${condition}/></failure></stream:stream>`,
    )
    await expect(subject.opening).resolves.toMatchObject(outcome)
  })

  test.each(['', 'v=d3Jvbmc=', 'e=other-error'])(
    '[XM7] a server that does not prove itself: %j',
    async final => {
      const subject = new Subject(server)
      const client = await server.accept()
      await client.open(mechanisms('SCRAM-SHA-1'))
      const auth = await client.read()
      client.write(sasl('challenge', `${decode(auth).replace(/^.*r=/, 'r=')}+,s=bmV3,i=10`))
      await client.read()
      client.write(sasl('success', final))
      await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
      await client.gone
    },
  )

  test('[XM8] a server that asks for a billion rounds', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1'))
    const auth = await client.read()
    client.write(sasl('challenge', `${decode(auth).replace(/^.*r=/, 'r=')}+,s=bmV3,i=1000000000`))
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
  })
})

describe('registration (XEP-0077)', () => {
  async function refusedOnce(register: boolean) {
    const subject = new Subject(server, { register })
    const client = await server.accept()
    await client.open(mechanisms('PLAIN'))
    await client.read()
    client.write(REFUSED)
    return { subject, client }
  }

  test('[XM9] an unknown account is made, and then logged in to, on the same stream', async () => {
    const { subject, client } = await refusedOnce(true)
    const request = await client.read()
    const query = request.getChild('query', 'jabber:iq:register')
    expect([query?.getChildText('username'), query?.getChildText('password')]).toEqual(['juliet', 'pencil'])
    client.write(`<iq type='result' id='${request.attrs.id}'/>`)
    await client.read()
    client.restart()
    client.write(sasl('success', ''))
    await settle(client)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'online', registered: true, resumed: false })
  })

  async function answered(condition: string) {
    const { subject, client } = await refusedOnce(true)
    const { attrs } = await client.read()
    const error = `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
    client.write(`<iq type='error' id='${attrs.id}'>${error}</iq>`)
    return { subject, client }
  }

  test.each(['not-allowed', 'resource-constraint'])('[XM10] the server says %s', async condition => {
    const { subject } = await answered(condition)
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'registration-refused' })
  })

  test('[XM15] a conflict with a wrong password: somebody else has that name', async () => {
    const { subject, client } = await answered('conflict')
    await client.read()
    client.write(REFUSED)
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'account-exists' })
  })

  test('[XM16] a conflict with the right password: the account was made a moment ago', async () => {
    const { subject, client } = await answered('conflict')
    await client.read()
    client.restart()
    client.write(sasl('success', ''))
    await settle(client)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'online', registered: false })
  })

  test('[XM11] nobody is registered who did not ask for it', async () => {
    const { subject, client } = await refusedOnce(false)
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'not-authorized' })
    await expect(client.read()).resolves.toMatchObject({ name: 'goodbye' })
  })

  test('[XM12] no password is sent for it without TLS, but to a loopback address', async () => {
    const subject = new Subject(server, { register: true, target: { host: '0.0.0.0' } })
    const client = await server.accept()
    await client.open(mechanisms('SCRAM-SHA-1'))
    await expect(client.authenticate({ ...account, password: 'other' })).resolves.toBe('failure')
    await expect(subject.opening).resolves.toEqual({ kind: 'refused', code: 'insecure' })
  })
})
