import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { enforceDomainpart } from '../../../shared/wire/idna.ts'
import {
  bareJid,
  formatJid,
  parseJid,
  prepareDomain,
  prepareLocal,
  prepareResource,
  readAddress,
  sameBare,
  showAddress,
  type Jid,
} from '../../../shared/wire/jid.ts'
import { enforceOpaqueString, enforceUsernameCaseMapped } from '../../../shared/wire/precis.ts'

const SEED = 7622

describe('parseJid', () => {
  test.each<[string, Jid]>([
    ['juliet@example.com', { local: 'juliet', domain: 'example.com' }],
    ['juliet@example.com/foo', { local: 'juliet', domain: 'example.com', resource: 'foo' }],
    ['juliet@example.com/foo bar', { local: 'juliet', domain: 'example.com', resource: 'foo bar' }],
    ['juliet@example.com/foo@bar', { local: 'juliet', domain: 'example.com', resource: 'foo@bar' }],
    [String.raw`foo\20bar@example.com`, { local: String.raw`foo\20bar`, domain: 'example.com' }],
    ['fussball@example.com', { local: 'fussball', domain: 'example.com' }],
    ['fußball@example.com', { local: 'fußball', domain: 'example.com' }],
    ['π@example.com', { local: 'π', domain: 'example.com' }],
    ['Σ@example.com/foo', { local: 'σ', domain: 'example.com', resource: 'foo' }],
    ['σ@example.com/foo', { local: 'σ', domain: 'example.com', resource: 'foo' }],
    ['ς@example.com/foo', { local: 'ς', domain: 'example.com', resource: 'foo' }],
    ['king@example.com/♚', { local: 'king', domain: 'example.com', resource: '♚' }],
    ['example.com', { domain: 'example.com' }],
    ['example.com/foobar', { domain: 'example.com', resource: 'foobar' }],
    ['a.example.com/b@example.net', { domain: 'a.example.com', resource: 'b@example.net' }],
  ])('[JID1] reads <%s> of RFC 7622 table 1', (text, jid) => {
    expect(parseJid(text)).toStrictEqual({ ok: true, value: jid })
  })

  test.each([
    ['"juliet"@example.com', 'bad-local'],
    ['foo bar@example.com', 'bad-local'],
    ['@example.com/', 'empty'],
    ['henryⅣ@example.com', 'bad-local'],
    ['♚@example.com', 'bad-local'],
    ['juliet@', 'empty'],
    ['/foobar', 'empty'],
  ])('[JID2] refuses <%s> of RFC 7622 table 2 as %s', (text, problem) => {
    expect(parseJid(text)).toStrictEqual({ ok: false, problem })
  })

  test('[JID3] a leading space in a resource is allowed, as erratum 4560 says of table 2', () => {
    expect(parseJid('juliet@example.com/ foo')).toMatchObject({ value: { resource: ' foo' } })
  })

  test.each([
    ['', 'empty'],
    ['@', 'empty'],
    ['juliet@example.com/', 'empty'],
    ['a@b@example.com', 'bad-domain'],
    ['juliet@exa mple.com', 'bad-domain'],
    ['juliet@example.com/a\nb', 'bad-resource'],
  ])('[JID4] refuses %j as %s', (text, problem) => {
    expect(parseJid(text)).toStrictEqual({ ok: false, problem })
  })

  test('[JID5] a slash ends the bare JID, whatever at signs follow', () => {
    expect(parseJid('example.net//a@b//')).toMatchObject({
      value: { domain: 'example.net', resource: '/a@b//' },
    })
  })
})

describe('prepareLocal', () => {
  test.each([
    ['upper case', 'JoSé', 'josé'],
    ['full width', 'ｊｏｓé', 'josé'],
    ['the Turkish capital I', 'İ', 'i\u0307'],
    ['Hebrew', 'שלום', 'שלום'],
    ['Persian with a ZWNJ', 'می\u200cخواهم', 'می\u200cخواهم'],
    [
      'an escaped at sign, which stays as it is',
      String.raw`jose\40example.net`,
      String.raw`jose\40example.net`,
    ],
  ])('[JID6] prepares %s', (_, text, value) => {
    expect(prepareLocal(text)).toStrictEqual({ ok: true, value })
  })

  test.each(['"', '&', "'", '/', ':', '<', '>', '@', '＠', '／', '＂'])(
    '[JID7] refuses <%s>, which RFC 7622 section 3.3.1 takes out',
    char => {
      expect(prepareLocal(`a${char}b`)).toStrictEqual({ ok: false, problem: 'bad-local' })
    },
  )

  test.each([
    ['Latin and Hebrew in one', 'joséשלום'],
    ['digits before Hebrew', '1ש'],
    ['a joiner out of context', 'jo\u200dse'],
    ['an invisible soft hyphen', 'jo\u00adse'],
    ['a right-to-left override', 'jo\u202ese'],
    ['emoji', 'jose😀'],
    ['half a character', 'jose\ud83d'],
  ])('[JID8] refuses %s', (_, text) => {
    expect(prepareLocal(text)).toStrictEqual({ ok: false, problem: 'bad-local' })
  })
})

describe('lengths', () => {
  const longDomain = 'abcdefg.'.repeat(127) + 'abcdefg'

  test.each([
    ['local', prepareLocal, 'a'.repeat(1023)],
    ['local of two-byte letters', prepareLocal, `a${'é'.repeat(511)}`],
    ['local that folds to the limit', prepareLocal, 'Ａ'.repeat(1023)],
    ['domain', prepareDomain, longDomain],
    ['resource', prepareResource, ' '.repeat(1023)],
    ['resource of separate marks', prepareResource, 'u\u0308\u0304'.repeat(511)],
  ])('[JID9] 1023 bytes are allowed: %s', (_, prepare, text) => {
    expect(prepare(text).ok).toBe(true)
  })

  test.each([
    ['local', prepareLocal, 'a'.repeat(1024)],
    ['local of two-byte letters', prepareLocal, 'é'.repeat(512)],
    ['local beyond any look', prepareLocal, '\u00ad'.repeat(10_000_000)],
    ['domain', prepareDomain, `a${longDomain}`],
    ['resource', prepareResource, ' '.repeat(1024)],
    ['resource of four-byte emoji', prepareResource, '😀'.repeat(256)],
  ])('[JID10] more is too long: %s', (_, prepare, text) => {
    expect(prepare(text)).toStrictEqual({ ok: false, problem: 'too-long' })
  })
})

describe('bareJid, formatJid and sameBare', () => {
  const full: Jid = { local: 'juliet', domain: 'example.com', resource: 'a/b' }

  test('[JID11] an address is written with the parts it has', () => {
    expect(bareJid(full)).toBe('juliet@example.com')
    expect(formatJid(full)).toBe('juliet@example.com/a/b')
    expect(bareJid({ domain: 'example.com', resource: 'x' })).toBe('example.com')
    expect(formatJid({ domain: 'example.com' })).toBe('example.com')
  })

  test('[JID12] addresses are the same but for resource and spelling', () => {
    expect(sameBare(full, 'Juliet@EXAMPLE.com./other')).toBe(true)
    expect(sameBare('juliet@example.com', 'romeo@example.com')).toBe(false)
    expect(sameBare('example.com', full)).toBe(false)
  })

  test('[JID13] what is no address equals nothing, not even itself', () => {
    expect(sameBare('juliet@', 'juliet@')).toBe(false)
    expect(sameBare('', '')).toBe(false)
  })
})

describe('readAddress and showAddress', () => {
  test.each<[string, Jid]>([
    ['jose', { local: 'jose', domain: 'example.org' }],
    ['José', { local: 'josé', domain: 'example.org' }],
    ['example.net', { local: 'example.net', domain: 'example.org' }],
    ['jose@example.net', { local: 'jose', domain: 'example.net' }],
    ['Jose@EXAMPLE.ORG', { local: 'jose', domain: 'example.org' }],
    ['@example.net', { domain: 'example.net' }],
  ])('[JID14] reads %s', (text, jid) => {
    expect(readAddress(text, 'example.org')).toStrictEqual({ ok: true, value: jid })
  })

  test.each([
    ['', 'empty'],
    ['@', 'empty'],
    ['jose@', 'empty'],
    ['jose/phone', 'bad-resource'],
    ['jose@example.net/phone', 'bad-resource'],
    ['jose/', 'bad-resource'],
    ['a b', 'bad-local'],
    ['jose＠example.net', 'bad-local'],
    ['@jose@example.net', 'bad-domain'],
    ['jose@example..net', 'bad-domain'],
    ['a'.repeat(1024), 'too-long'],
  ])('[JID15] refuses %j as %s', (text, problem) => {
    expect(readAddress(text, 'example.org')).toStrictEqual({ ok: false, problem })
  })

  test.each<[Jid, string]>([
    [{ local: 'jose', domain: 'example.org', resource: 'phone' }, 'jose'],
    [{ local: 'jose', domain: 'example.net', resource: 'phone' }, 'jose@example.net'],
    [{ domain: 'example.org' }, '@example.org'],
    [{ domain: 'example.net', resource: 'x' }, '@example.net'],
  ])('[JID16] shows %j as %s', (jid, shown) => {
    expect(showAddress(jid, 'example.org')).toBe(shown)
  })
})

describe('any text', () => {
  const plain = fc.string({ unit: fc.constantFrom(...Array.from('abz019.-_ABxn@/[]:&~ ')), maxLength: 12 })
  const odd = fc.string({
    unit: fc.constantFrom(
      ...Array.from('aXßςΣİé。.-@/＠[:]אب1١۱क्·l♚℀ｶﾞ\u0301\u0345\u200c\u200d\u00ad\ufeff\0'),
    ),
    maxLength: 12,
  })
  const units = fc.string({ unit: fc.nat(0xffff).map(unit => String.fromCharCode(unit)), maxLength: 12 })
  const text = fc.oneof(plain, odd, units, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
  const address = fc
    .tuple(text, text, text)
    .map(([local, domain, resource]) => `${local}@${domain}/${resource}`)

  test('[JID17] no text makes reading throw, and what is read once is read back the same', () => {
    fc.assert(
      fc.property(fc.oneof(text, address), input => {
        const read = parseJid(input)
        if (read.ok) expect(parseJid(formatJid(read.value))).toStrictEqual(read)
      }),
      { seed: SEED, numRuns: 100_000 },
    )
  })

  test('[JID18] preparing twice is preparing once', () => {
    fc.assert(
      fc.property(text, input => {
        for (const prepare of [prepareLocal, prepareDomain, prepareResource]) {
          const once = prepare(input)
          if (once.ok) expect(prepare(once.value)).toStrictEqual(once)
        }
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  test('[JID19] what a client is shown, it can write', () => {
    fc.assert(
      fc.property(fc.oneof(text, address), fc.constantFrom('a', 'example.org'), (input, ownDomain) => {
        const read = parseJid(input)
        if (!read.ok) return
        const written = readAddress(showAddress(read.value, ownDomain), ownDomain)
        expect(written.ok && formatJid(written.value)).toBe(bareJid(read.value))
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })

  test('[JID20] plain text is prepared as the profiles would', () => {
    fc.assert(
      fc.property(plain, input => {
        const [local, domain, resource] = [prepareLocal, prepareDomain, prepareResource].map(prepare =>
          prepare(input),
        )
        const username = enforceUsernameCaseMapped(input)
        expect(local?.ok ? local.value : undefined).toBe(
          username !== undefined && /["&'/:<>@]/u.test(username) ? undefined : username,
        )
        expect(domain?.ok ? domain.value : undefined).toBe(enforceDomainpart(input))
        expect(resource?.ok ? resource.value : undefined).toBe(enforceOpaqueString(input))
      }),
      { seed: SEED, numRuns: 20_000 },
    )
  })
})
