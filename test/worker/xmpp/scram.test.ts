import { describe, expect, test } from 'vitest'
import { ScramExchange, ScramFailed } from '../../../worker/xmpp/scram.ts'
import { ScramServer } from '../../support/scram-server.ts'

const password = { kind: 'password', username: 'user', password: 'pencil' } as const

describe('the published examples', () => {
  test('[XC1] SCRAM-SHA-1, RFC 5802 5', async () => {
    const exchange = new ScramExchange('SCRAM-SHA-1', password, 'fyko+d2lbbFgONRv9qkxdawL')
    expect(exchange.first()).toBe('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL')
    const answer = await exchange.answer(
      'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    )
    expect(answer).toBe('c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=')
    expect(exchange.finish('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=')).toMatchObject({
      salt: 'QSXCR+Q6sek8bf92',
      iterations: 4096,
    })
  })

  test('[XC2] SCRAM-SHA-256, RFC 7677 3', async () => {
    const exchange = new ScramExchange('SCRAM-SHA-256', password, 'rOprNGfwEbeRWgbNEkqO')
    expect(exchange.first()).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const answer = await exchange.answer(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    )
    expect(answer).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    )
    expect(exchange.finish('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toMatchObject({ kind: 'scram' })
  })
})

/** A whole exchange; returns the keys that are left of it. */
async function logIn(server: ScramServer, exchange: ScramExchange) {
  const answer = await exchange.answer(server.challenge(exchange.first()))
  return exchange.finish(server.final(answer ?? '') ?? 'e=invalid-proof')
}

describe.each(['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const)('%s', mechanism => {
  const account = { mechanism, password: 'pencil', salt: Buffer.from('a salt'), iterations: 10 }

  test('[XC3] the keys of one login open the next one, without the password', async () => {
    const keys = await logIn(new ScramServer(account), new ScramExchange(mechanism, password))
    expect(JSON.stringify(keys)).not.toContain('pencil')
    await expect(logIn(new ScramServer(account), new ScramExchange(mechanism, keys))).resolves.toEqual(keys)
  })

  test('[XC4] keys for another salt or count are given up, not tried', async () => {
    const keys = await logIn(new ScramServer(account), new ScramExchange(mechanism, password))
    for (const change of [{ salt: Buffer.from('other') }, { iterations: 11 }]) {
      const exchange = new ScramExchange(mechanism, keys)
      const challenge = new ScramServer({ ...account, ...change }).challenge(exchange.first())
      await expect(exchange.answer(challenge)).resolves.toBeUndefined()
    }
  })

  test('[XC5] the signature may come as a last challenge, before an empty success', async () => {
    const server = new ScramServer(account)
    const exchange = new ScramExchange(mechanism, password)
    const answer = await exchange.answer(server.challenge(exchange.first()))
    await expect(exchange.answer(server.final(answer ?? '') ?? '')).resolves.toBe('')
    expect(exchange.finish('')).toMatchObject({ mechanism })
  })

  test('[XC6] a server that cannot sign is not believed', async () => {
    const server = new ScramServer({ ...account, password: 'something else' })
    const exchange = new ScramExchange(mechanism, password)
    await exchange.answer(server.challenge(exchange.first()))
    for (const final of ['', 'v=', 'v=AAAA', `v=${Buffer.alloc(32).toString('base64')}`, 'e=other-error']) {
      expect(() => exchange.finish(final)).toThrow(ScramFailed)
    }
  })

  test('[XC7] a success before any challenge proves nothing', () => {
    expect(() => new ScramExchange(mechanism, password).finish('v=AAAA')).toThrow(ScramFailed)
  })

  test.each([
    ['a nonce that is not ours', 'r=other,s=QUJD,i=10'],
    ['our nonce with nothing added', 'r=mine,s=QUJD,i=10'],
    ['no salt', 'r=mine+,i=10'],
    ['no count', 'r=mine+,s=QUJD'],
    ['a count of zero', 'r=mine+,s=QUJD,i=0'],
    ['a count that would keep a core busy', 'r=mine+,s=QUJD,i=1000001'],
    ['an extension that must be understood', 'm=x,r=mine+,s=QUJD,i=10'],
    ['nothing', ''],
  ])('[XC8] a challenge with %s is refused', async (_what, challenge) => {
    await expect(new ScramExchange(mechanism, password, 'mine').answer(challenge)).rejects.toThrow(
      ScramFailed,
    )
  })
})

describe('names and passwords', () => {
  test('[XC9] comma and equals sign in a name are escaped (RFC 5802 5.1)', () => {
    const exchange = new ScramExchange(
      'SCRAM-SHA-1',
      { kind: 'password', username: 'a,b=c', password: 'x' },
      'n',
    )
    expect(exchange.first()).toBe('n,,n=a=2Cb=3Dc,r=n')
  })

  test.each([
    ['a soft hyphen is nothing', 'I\u00ADX', 'IX'],
    ['other spaces are spaces', 'a\u00A0b', 'a b'],
    ['compatible characters are the same', '\u00AA\u2168', 'aIX'],
  ])('[XC10] %s (RFC 4013)', async (_what, typed, stored) => {
    const mechanism = 'SCRAM-SHA-256'
    const server = new ScramServer({ mechanism, password: stored, salt: Buffer.from('s'), iterations: 10 })
    const exchange = new ScramExchange(mechanism, { kind: 'password', username: 'user', password: typed })
    await expect(logIn(server, exchange)).resolves.toMatchObject({ kind: 'scram' })
  })
})
