import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ResumeState } from '../../../worker/xmpp/stream.ts'
import { xml } from '../../../worker/xmpp/xml.ts'
import { BIND, type FakeClient, FakeXmpp } from '../../support/fake-xmpp.ts'
import { handledBy, JID, Subject } from './subject.ts'

let server: FakeXmpp
beforeEach(async () => {
  server = await FakeXmpp.start()
})
afterEach(() => server.stop())

const saved: ResumeState = {
  id: 'sm0',
  jid: JID,
  h: 40,
  acked: 7,
  unacked: [`<message id='eight'/>`, `<message id='nine'/>`],
  max: 300,
}

const NS = 'urn:xmpp:sm:3'

/** Logs in up to `<resume/>`, and answers it. */
async function resume(answer: string, state: ResumeState = saved, permitted = () => true) {
  const subject = new Subject(server, { resume: state, permitted })
  const client = await server.accept()
  await client.admit()
  const request = await client.read()
  client.write(answer)
  return { subject, client, request }
}

/** All elements of the client up to and including its next `<r/>`. */
async function sentBefore(client: FakeClient): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const element = await client.read()
    names.push(element.attrs.id ?? element.name)
    if (element.name === 'r') return names
  }
}

describe('a stream that the server resumes (XEP-0198 5)', () => {
  test('[XR1] is asked for with what was handled, and goes on under the same JID and counts', async () => {
    const { subject, client, request } = await resume(
      `<resumed xmlns='${NS}' previd='sm0' h='9'/><message id='a'/>`,
    )
    expect(request.attrs).toMatchObject({ previd: 'sm0', h: '40' })
    await expect(subject.opening).resolves.toMatchObject({ kind: 'online', resumed: true, registered: false })
    const stream = await subject.stream()
    expect(stream.jid).toBe(JID)
    await subject.stanza()
    expect(subject.heard).toEqual([[41, '<message id="a"/>']])
    expect(await handledBy(client)).toBe('40')
    expect(stream.resumeState()).toEqual({ ...saved, acked: 9, unacked: [] })
  })

  test('[XR2] stanzas sent again before <resumed/> are counted and delivered in order', async () => {
    const again = `<message id='a'/><message id='b'/>`
    const { subject } = await resume(`${again}<resumed xmlns='${NS}' previd='sm0' h='9'/><message id='c'/>`)
    await subject.stream()
    await subject.stanza()
    await subject.stanza()
    await subject.stanza()
    expect(subject.heard.map(([count]) => count)).toEqual([41, 42, 43])
  })

  test.each([
    [7, ['eight', 'nine', 'r']],
    [8, ['nine', 'r']],
  ])('[XR3] when the server has %i of ours, the others are sent again, once', async (h, again) => {
    const { subject, client } = await resume(`<resumed xmlns='${NS}' previd='sm0' h='${h}'/>`)
    const stream = await subject.stream()
    expect(await sentBefore(client)).toEqual(again)
    client.write(`<a xmlns='${NS}' h='9'/>`)
    await handledBy(client)
    expect(subject.acked.at(-1)).toBe(9)
    expect(stream.resumeState()).toMatchObject({ acked: 9, unacked: [] })
    expect(stream.send(xml('message', { id: 'ten' }))).toBe(10)
    expect(await sentBefore(client)).toEqual(['ten', 'r'])
  })

  test('[XR4] when the server has more of ours than we knew of, its count rules', async () => {
    const { subject, client } = await resume(`<resumed xmlns='${NS}' previd='sm0' h='12'/>`)
    const stream = await subject.stream()
    expect(await sentBefore(client)).toEqual(['r'])
    client.write(`<a xmlns='${NS}' h='12'/>`)
    await handledBy(client)
    expect(stream.send(xml('message', { id: 'thirteen' }))).toBe(13)
    expect(await sentBefore(client)).toEqual(['thirteen', 'r'])
    expect(subject.acked).toEqual([12])
    client.write(`<a xmlns='${NS}' h='13'/>`)
    await handledBy(client)
    expect(subject.acked).toEqual([12, 13])
  })

  test('[XR5] counts go on past 2^32', async () => {
    const old = { ...saved, h: 2 ** 32 - 1, acked: 2 ** 32 - 2 }
    const { subject, client, request } = await resume(
      `<resumed xmlns='${NS}' previd='sm0' h='4294967295'/>`,
      old,
    )
    expect(request.attrs.h).toBe('4294967295')
    const stream = await subject.stream()
    client.write('<message/>')
    await subject.stanza()
    expect(subject.heard[0]?.[0]).toBe(2 ** 32)
    stream.handled(2 ** 32)
    expect(await sentBefore(client)).toEqual(['nine', 'r'])
    expect(await handledBy(client)).toBe('0')
    client.write(`<a xmlns='${NS}' h='0'/>`)
    await handledBy(client)
    expect(subject.acked).toEqual([2 ** 32 - 1, 2 ** 32])
  })

  test('[XR6] without a count <resumed/> is no answer', async () => {
    const { subject, client } = await resume(`<resumed xmlns='${NS}' previd='sm0'/>`)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'failed', code: 'protocol' })
    await client.gone
  })
})

describe('a resumed stream whose server hears nothing', () => {
  const unheard: ResumeState = { ...saved, unheard: true }

  async function resumed(state: ResumeState, permitted?: () => boolean) {
    const made = await resume(`<resumed xmlns='${NS}' previd='sm0' h='9'/><message/>`, state, permitted)
    await made.subject.stanza()
    return made
  }

  /** As after a sleep of the process: what fell due is run first, and then read what has come. */
  async function lookAndRead({ subject, client }: Awaited<ReturnType<typeof resumed>>, said = '') {
    subject.clock.advance(10_000)
    client.write(`${said}<message/>`)
    await subject.stanza()
  }

  test('[XR13] ends after 20 s although it still sends: so that it is resumed once more, for packets may have been lost', async () => {
    const made = await resumed(saved)
    const stream = await made.subject.stream()
    await lookAndRead(made)
    expect(made.subject.ends).toEqual([])
    made.subject.clock.advance(10_000)
    await expect(made.subject.ended).resolves.toEqual({ kind: 'lost' })
    expect(stream.resumeState()).toMatchObject({ id: 'sm0', acked: 9, unheard: true })
    await made.client.gone
  })

  test('[XR13] ends the second time in a row so that it is not resumed again', async () => {
    const made = await resumed(unheard)
    const stream = await made.subject.stream()
    await lookAndRead(made)
    made.subject.clock.advance(10_000)
    await expect(made.subject.ended).resolves.toEqual({ kind: 'error', condition: 'deaf' })
    expect(stream.resumeState()).toBeUndefined()
  })

  test('[XR16] which is heard after all may be unheard another time', async () => {
    const made = await resumed(unheard)
    const stream = await made.subject.stream()
    await lookAndRead(made, `<a xmlns='${NS}' h='9'/>`)
    expect(stream.resumeState()).not.toHaveProperty('unheard')
  })

  test('[XR15] is left to be resumed where another may have the session by now', async () => {
    let permitted = true
    const made = await resumed(unheard, () => permitted)
    await lookAndRead(made)
    permitted = false
    made.subject.clock.advance(10_000)
    await expect(made.subject.ended).resolves.toEqual({ kind: 'lost' })
  })

  test('[XR14] goes on when its answer is read after the first look', async () => {
    const made = await resumed(saved)
    await lookAndRead(made, `<a xmlns='${NS}' h='9'/>`)
    made.subject.clock.advance(40_000)
    expect(made.subject.ends).toEqual([])
  })
})

describe('a stream that the server does not resume', () => {
  test.each([
    [`<failed xmlns='${NS}' h='8'><item-not-found/></failed>`, { failedH: 8 }],
    [`<failed xmlns='${NS}'><item-not-found/></failed>`, {}],
  ])(
    '[XR7] %s: a new one is bound on the same connection, and nothing is sent again',
    async (failed, told) => {
      const { subject, client } = await resume(failed)
      await client.bind(`${JID}-new`)
      await client.enable('<message/>')
      const opening = await subject.opening
      expect(opening).toMatchObject({ kind: 'online', resumed: false, ...told })
      expect('failedH' in opening).toBe('failedH' in told)
      const stream = await subject.stream()
      await subject.stanza()
      expect(subject.heard).toEqual([[1, '<message/>']])
      expect(stream.resumeState()).toEqual({
        id: 'sm1',
        jid: `${JID}-new`,
        h: 0,
        acked: 0,
        unacked: [],
        max: 300,
      })
      expect(stream.send(xml('message', { id: 'one' }))).toBe(1)
      expect(await sentBefore(client)).toEqual(['one', 'r'])
    },
  )

  test('[XR8] a server that has lost the ability binds anew', async () => {
    const subject = new Subject(server, { resume: saved })
    const client = await server.accept()
    await client.admit(BIND)
    await client.bind(JID)
    await expect(subject.opening).resolves.toMatchObject({ kind: 'online', resumed: false })
  })
})

describe('a login in whose middle another may have taken the session', () => {
  test.each([
    ['resume', { resume: saved }],
    ['bind', {}],
  ])('[XR12] fails before it asks to %s', async (_request, overrides) => {
    let permitted = true
    const subject = new Subject(server, { ...overrides, permitted: () => permitted })
    const client = await server.accept()
    permitted = false
    await client.admit()
    const next = await Promise.race([subject.opening, client.read()])
    expect(next).toMatchObject({ kind: 'failed', code: 'protocol', cause: { name: 'LoginFailed' } })
    await client.gone
  })
})

describe('where to resume', () => {
  test('[XR9] the place that the server named is dialled', async () => {
    const elsewhere = await FakeXmpp.start()
    const location = `127.0.0.1:${elsewhere.port}`
    const subject = new Subject(server, { resume: { ...saved, location } })
    const client = await elsewhere.accept()
    await client.admit()
    await client.read()
    client.write(`<resumed xmlns='${NS}' previd='sm0' h='9'/>`)
    const stream = await subject.stream()
    expect(stream.resumeState()).toMatchObject({ location })
    elsewhere.stop()
  })

  test.each(['gone', 'nonsense'])('[XR10] and when it is %s, the usual one', async what => {
    const elsewhere = await FakeXmpp.start()
    elsewhere.stop()
    const location = what === 'gone' ? `127.0.0.1:${elsewhere.port}` : '://'
    const subject = new Subject(server, { resume: { ...saved, location } })
    const client = await server.accept()
    await client.admit()
    await client.read()
    client.write(`<resumed xmlns='${NS}' previd='sm0' h='9'/>`)
    await expect(subject.opening).resolves.toMatchObject({ resumed: true })
  })

  test('[XR11] it is remembered as <enabled/> told it', async () => {
    const subject = new Subject(server)
    const client = await server.accept()
    await client.admit()
    await client.bind(JID)
    await client.read()
    client.write(`<enabled xmlns='${NS}' id='sm1' resume='1' location='[2001:db8::1]:9222'/>`)
    const stream = await subject.stream()
    expect(stream.resumeState()).toMatchObject({ id: 'sm1', location: '[2001:db8::1]:9222' })
  })
})
