import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { oneByteAtATime } from '../support/chopper.ts'
import { JoinRefused } from '../support/web-user.ts'
import { XmppUser } from '../support/xmpp-user.ts'

describe('hostile input', () => {
  let bridge: Bridge
  beforeAll(async () => {
    bridge = await Bridge.start({ settings: { FRAME_BURST: '50' } })
  })
  afterAll(() => bridge.stop())

  test('[HO1] characters that XML forbids are refused for that frame alone', async () => {
    const uma = await bridge.signIn('uma')
    uma.send({ messageType: 'NEW_MESSAGE', to: 'uma', content: 'a\u000bb', id: 'c1' })
    expect(await uma.waitFor('ERROR')).toMatchObject({ id: 'c1', code: 'bad-text' })
    uma.send({ messageType: 'NEW_MESSAGE', to: 'uma', content: 'fine', id: 'c2' })
    expect(await uma.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'fine' })
  })

  test('[HO2] a text of 25 KB is refused, a frame of 60 KB closes the socket with 1009', async () => {
    const vic = await bridge.signIn('vic')
    vic.send({ messageType: 'NEW_MESSAGE', to: 'vic', content: 'x'.repeat(25_000), id: 'b1' })
    expect(await vic.waitFor('ERROR')).toMatchObject({ id: 'b1', code: 'too-large' })
    vic.send({ messageType: 'NEW_MESSAGE', to: 'vic', content: 'x'.repeat(60_000), id: 'b2' })
    expect(await vic.closed).toMatchObject({ code: 1009 })
  })

  test('[HO3] a text of 60 KB from the XMPP side arrives cut and marked; one of 300 KB harms only its sender', async () => {
    const wes = await bridge.signIn('wes')
    await XmppUser.register(bridge.xmpp, 'xena', 'xena-pass')
    const xena = await XmppUser.login(bridge.xmpp, 'xena', 'xena-pass')
    await xena.send('wes@localhost', '€'.repeat(20_000))
    const cut = await wes.waitFor('NEW_MESSAGE')
    expect(cut).toMatchObject({ truncated: true })
    expect(String(cut['content'])).toMatch(/^€+$/)
    expect(Buffer.byteLength(String(cut['content']))).toBeGreaterThan(24_000)
    await xena.send('wes@localhost', 'x'.repeat(300_000)).catch(() => undefined)
    wes.send({ messageType: 'NEW_MESSAGE', to: 'wes', content: 'still here' })
    expect(await wes.waitFor('NEW_MESSAGE')).toMatchObject({ content: 'still here' })
    xena.terminate()
  })

  test('[HO4] 1,000 garbage frames get refusals, and two neighbours chat on undisturbed', async () => {
    const [yan, zoe, bad] = [
      await bridge.signIn('yan'),
      await bridge.signIn('zoe'),
      await bridge.signIn('bad'),
    ]
    for (let number = 0; number < 1000; number += 1) {
      bad.send(GARBAGE[number % GARBAGE.length] ?? '')
      if (number % 100 === 0) {
        yan.send({ messageType: 'NEW_MESSAGE', to: 'zoe', content: `${number}` })
        expect(await zoe.waitFor('NEW_MESSAGE')).toMatchObject({ content: `${number}` })
      }
    }
    const isRefusal = ({ messageType, message }: { messageType?: string; message?: unknown }) =>
      messageType === 'ERROR' || message === 'Internal server error'
    await bridge.until(() => bad.frames.filter(isRefusal).length >= 1000, '1,000 refusals')
    // Garbage costs what frames cost, so the first of these may come too early.
    for (let asked = 1; !bad.frames.some(({ messageType }) => messageType === 'PONG'); asked += 1) {
      bad.send({ messageType: 'PING', id: 'alive' })
      const answered = () => bad.frames.filter(({ id }) => id === 'alive').length >= asked
      await bridge.until(answered, 'an answer to PING')
    }
  })

  test('[HO5] beyond the burst frames are refused with a time, and nothing is dropped in silence', async () => {
    const fast = await bridge.signIn('fast')
    for (let number = 0; number < 120; number += 1) fast.send({ messageType: 'PING', id: `p${number}` })
    await bridge.until(
      () =>
        fast.frames.filter(({ messageType }) => messageType === 'PONG' || messageType === 'ERROR').length ===
        120,
      '120 answers',
    )
    const refused = fast.frames.filter(({ code }) => code === 'rate-limited')
    expect(refused.length).toBeGreaterThan(0)
    for (const frame of refused) expect(frame['retryAfterMs']).toBeGreaterThan(0)
  })

  test('[HO6] no planted secret and no text of a message is in anything that was printed', async () => {
    const secret = 'PLANTED-SECRET-5d1c'
    const user = await bridge.connect()
    await user.join('planter', secret)
    user.send({ messageType: 'NEW_MESSAGE', to: 'planter', content: `${secret} in a text` })
    await user.waitFor('NEW_MESSAGE')
    await expect((await bridge.connect()).join('planter', `${secret}-wrong`)).rejects.toBeInstanceOf(
      JoinRefused,
    )
    user.send(`{"messageType":"JOIN","password":"${secret}`)
    await user.waitFor('ERROR')
    expect(bridge.printed.length).toBeGreaterThan(10)
    expect(bridge.printed.filter(line => line.includes(secret))).toEqual([])
  })
})

describe('a network that cuts where it likes', () => {
  test('[HO7] an emoji split over TCP chunks arrives whole', async () => {
    const bridge = await Bridge.start({ between: oneByteAtATime, settings: { XMPP_TLS: 'off' } })
    try {
      const web = await bridge.signIn('chop')
      web.send({ messageType: 'NEW_MESSAGE', to: 'chop', content: '👩‍👩‍👧‍👦 naïve 中文' })
      expect(await web.waitFor('NEW_MESSAGE')).toMatchObject({ content: '👩‍👩‍👧‍👦 naïve 中文' })
    } finally {
      await bridge.stop()
    }
  })
})

const GARBAGE = [
  'not json',
  '[]',
  'null',
  '{}',
  '{"messageType":7}',
  '{"messageType":"NO_SUCH_TYPE"}',
  '{"messageType":"NEW_MESSAGE"}',
  '{"messageType":"NEW_MESSAGE","to":"a b","content":"x"}',
  '{"messageType":"NEW_MESSAGE","to":"yan","content":"\\u0000"}',
  '{"messageType":"PING","__proto__":{"x":1}}',
  '{"messageType":"PING","a":{"b":{"c":{"d":{"e":1}}}}}',
  '{"messageType":"PRESENCE","show":"sleeping"}',
  `{"messageType":"PING","id":"${'x'.repeat(65)}"}`,
  '['.repeat(20_000),
] as const
