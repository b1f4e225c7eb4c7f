import { expect, test } from 'vitest'
import { makeConnectHandler } from '../../functions/connect.ts'
import { makeDefaultHandler } from '../../functions/default.ts'
import { makeDisconnectHandler } from '../../functions/disconnect.ts'
import { sessionIdOf, workerRowOf } from '../shared/stores/rows.ts'
import type { Condition } from './fake-fleet.ts'
import { connectEventOf, disconnectEventOf, messageEventOf, useHarness } from './harness.ts'

const makeHarness = useHarness()

/** Planted wherever somebody could put a secret; none may come out in a log line or an error. */
const NAME = 'canaryname'
const PASSWORD = 'canary-password'
const WRONG = 'canary-wrong'
const TEXT = 'canary-text'
const TO = 'canary-to'
const TOKEN = `${sessionIdOf('any')}.${'canary'.padEnd(43, 't')}`

const basic = (password: string) => `Basic ${Buffer.from(`${NAME}:${password}`).toString('base64')}`

const frames = [
  { messageType: 'JOIN', username: NAME, password: PASSWORD },
  { messageType: 'JOIN', username: NAME, password: WRONG },
  { messageType: 'JOIN', username: `${NAME} ${TO}`, password: WRONG },
  { messageType: 'JOIN', username: NAME, password: WRONG.repeat(10) },
  { messageType: 'JOIN', username: NAME, password: [WRONG] },
  { messageType: 'JOIN', username: NAME, password: PASSWORD, protocol: 1 },
  { messageType: 'NEW_MESSAGE', to: TO, content: TEXT },
  { stream: 1, ack: 0, frames: [{ messageType: 'NEW_MESSAGE', seq: 1, id: 'm', to: TO, content: TEXT }] },
  { stream: TEXT, ack: 0, frames: [{ [TEXT]: TEXT }] },
  { messageType: 'JOIN', protocol: 1, token: TOKEN, stream: 1, ack: 0, from: 1, sent: 0 },
  { messageType: 'JOIN', protocol: 1, token: `${TOKEN}x`, stream: 1, ack: 0, from: 1, sent: 0 },
  { messageType: 'NEW_MESSAGE', to: [TO], content: { [TEXT]: TEXT } },
  { messageType: TEXT },
  `{"${TEXT}`,
]

test.each<Condition>(['up', 'dead', 'mute', 'full'])(
  '[SC1] no name, password, token or text is in any log line or error while the workers are %s',
  async condition => {
    const harness = makeHarness({ budgets: budgetsOf(3) })
    await harness.addWorker('a', condition)
    await harness.workers.put(workerRowOf('a', { token: 'canary-token' }))
    harness.fleet.accounts.set(NAME, PASSWORD)
    const errors: unknown[] = []
    const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => errors.push(error))
    for (const frame of frames) await attempt(makeDefaultHandler(harness.deps)(messageEventOf(frame)))
    for (const authorization of [
      basic(PASSWORD),
      basic(WRONG),
      basic(WRONG),
      basic(WRONG),
      `Basic ${PASSWORD}`,
    ])
      await attempt(makeConnectHandler(harness.deps)(connectEventOf({ authorization }, 'c2=')))
    await attempt(makeDisconnectHandler(harness.deps)(disconnectEventOf()))
    const written = [
      ...harness.lines,
      ...errors.map(error => `${String(error)} ${JSON.stringify(error)}`),
    ].join('\n')
    expect(written).toContain('trace-1=')
    for (const secret of ['canary', basic(PASSWORD).slice(6), basic(WRONG).slice(6)])
      expect(written).not.toContain(secret)
  },
)

function budgetsOf(limit: number) {
  const windowMs = 3_600_000
  return { perUser: { limit, windowMs }, perNetwork: { limit: 20, windowMs } }
}
