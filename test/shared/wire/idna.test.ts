import { describe, expect, test } from 'vitest'
import { enforceDomainpart } from '../../../shared/wire/idna.ts'

describe('enforceDomainpart', () => {
  test.each([
    ['upper case', 'EXAMPLE.Com', 'example.com'],
    ['a final dot', 'example.com.', 'example.com'],
    ['an ideographic full stop', 'example。com。', 'example.com'],
    ['full width', 'ｅｘａｍｐｌｅ.com', 'example.com'],
    ['an A-label', 'XN--BCHER-KVA.example', 'bücher.example'],
    ['a U-label', 'Bücher.example', 'bücher.example'],
    ['sharp s, which is not ss', 'fußball.example', 'fußball.example'],
    ['a name without dots', 'localhost', 'localhost'],
    ['an IPv4 address', '192.0.2.1', '192.0.2.1'],
    ['an IPv6 address', '[2001:DB8:0:0::1]', '[2001:db8::1]'],
    ['Hebrew', 'דוגמה.קום', 'דוגמה.קום'],
    ['Catalan', 'col·lecció.cat', 'col·lecció.cat'],
    ['a label of 63 bytes', `${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`],
  ])('[ID1] prepares %s', (_, text, value) => {
    expect(enforceDomainpart(text)).toBe(value)
  })

  test.each([
    ['nothing', ''],
    ['two final dots', 'example.com..'],
    ['a dot alone', '.'],
    ['an empty label', 'a..b'],
    ['a hyphen in front', '-a.com'],
    ['a hyphen at the end', 'a-.com'],
    ['hyphens in third and fourth place', 'ab--c.com'],
    ['an underscore', 'a_b.com'],
    ['an A-label that decodes to nothing', 'xn--.com'],
    ['an A-label of what needs none', 'xn--abc-.com'],
    ['an A-label of an emoji', 'xn--i-7iq.ws'],
    ['an emoji', 'i❤.ws'],
    ['a mark for symbols', 'a\u20d0.com'],
    ['a MIDDLE DOT out of context', 'a·b.com'],
    ['a joiner out of context', 'a\u200db.com'],
    ['a digit first in a right-to-left domain', '1.קום'],
    ['a sign that maps to a slash', 'a℀b.com'],
    ['a soft hyphen alone', '\u00ad'],
    ['a label of 64 bytes', `${'a'.repeat(64)}.com`],
    ['a label of 64 bytes as an A-label', `${'ü'.repeat(58)}.com`],
    ['an IPv4 address in brackets', '[192.0.2.1]'],
    ['a zone identifier', '[fe80::1%25eth0]'],
    ['an open bracket', '[::1'],
    ['a closing bracket', '::1]'],
    ['a port', '[::1]:5222'],
    ['half a character', '\udc00.com'],
  ])('[ID2] refuses %s', (_, text) => {
    expect(enforceDomainpart(text)).toBeUndefined()
  })
})
