import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamParser, StreamViolation } from '../../../worker/xmpp/parse.ts'
import { xml, type Element } from '../../../worker/xmpp/xml.ts'

const HEADER = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`

function parser(maxStanzaBytes = 1000) {
  const elements: Element[] = []
  let closed = 0
  const stream = new StreamParser(maxStanzaBytes, {
    element: element => elements.push(element),
    closed: () => closed++,
  })
  return { write: (data: string | Buffer) => stream.write(Buffer.from(data)), elements, closed: () => closed }
}

/** The reason for which the stream is refused. */
function refused(data: string | Buffer, header = HEADER, maxStanzaBytes?: number): string {
  const { write } = parser(maxStanzaBytes)
  try {
    write(header)
    write(data)
  } catch (error) {
    if (error instanceof StreamViolation) return error.reason
    throw error
  }
  return 'nothing'
}

describe('how TCP cuts the stream', () => {
  const stanza = `<message to='ä'><body>é € 🎉 &lt;&#x1F389;</body></message>`

  test('[XP1] a character may be cut at every byte', () => {
    const bytes = Buffer.from(stanza)
    for (let at = 1; at < bytes.length; at++) {
      const { write, elements } = parser()
      write(HEADER)
      write(bytes.subarray(0, at))
      write(bytes.subarray(at))
      expect(elements.map(String)).toEqual([`<message to="ä"><body>é € 🎉 &lt;🎉</body></message>`])
    }
  })

  test('[XP2] all may come one byte at a time, or all at once', () => {
    const whole = HEADER + stanza.repeat(3) + '</stream:stream>'
    const slow = parser()
    for (const byte of Buffer.from(whole)) slow.write(Buffer.of(byte))
    const fast = parser()
    fast.write(whole)
    expect(slow.elements.map(String)).toEqual(fast.elements.map(String))
    expect([slow.elements.length, slow.closed(), fast.closed()]).toEqual([3, 1, 1])
  })

  test('[XP3] any tree comes out as it went in, however it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '🎉', '<', '&', '"', ' ', ']]>') })
    const { tree } = fc.letrec<{ tree: Element }>(tie => ({
      tree: fc
        .tuple(
          fc.constantFrom('a', 'b:c', 'd'),
          text,
          fc.array(fc.oneof({ maxDepth: 5 }, text, tie('tree')), { maxLength: 3 }),
        )
        .map(([name, value, children]) => xml(name, { value }, ...children)),
    }))
    const property = fc.property(
      tree,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (element, sizes) => {
        const { write, elements } = parser(100_000)
        write(HEADER)
        const bytes = Buffer.from(element.toString())
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const end = at + (sizes[cut % sizes.length] ?? 1)
          write(bytes.subarray(at, end))
          at = end
        }
        expect(elements.map(String)).toEqual([element.toString()])
      },
    )
    fc.assert(property, { numRuns: 300 })
  })
})

describe('what a stream may hold', () => {
  test('[XP4] a CDATA section is text', () => {
    const { write, elements } = parser()
    write(`${HEADER}<a>x<![CDATA[<b>&amp;]]>y</a>`)
    expect(elements[0]?.getText()).toBe('x<b>&amp;y')
  })

  test('[XP5] a stanza knows the namespaces of its stream, and nothing else of it', () => {
    const { write, elements } = parser()
    write(`${HEADER}<message><body/></message><message/><stream:error/>`)
    expect(elements.map(element => element.getNS())).toEqual([
      'jabber:client',
      'jabber:client',
      'http://etherx.jabber.org/streams',
    ])
    expect(elements[0]?.parent?.children).toEqual([])
  })

  test('[XP6] whitespace between stanzas leaves nothing behind', () => {
    const { write, elements } = parser()
    write(HEADER)
    for (let times = 0; times < 50; times++) {
      write(' ')
      write('\n')
    }
    write('<presence/>')
    expect(elements.map(String)).toEqual(['<presence/>'])
    expect(elements[0]?.parent?.children).toEqual([])
  })

  test('[XP7] a prefix may be chosen freely for the stream itself', () => {
    const { write, elements } = parser()
    write(`<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'><s:features/>`)
    expect(elements[0]?.is('features', 'http://etherx.jabber.org/streams')).toBe(true)
  })
})

describe('what ends a stream', () => {
  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'not-well-formed'],
    ['a comment', '<a><!-- x --></a>', 'restricted-xml'],
    ['a processing instruction', '<a><?php x ?></a>', 'restricted-xml'],
    ['an unknown entity', '<a>&foo;</a>', 'not-well-formed'],
    ['an unknown entity in an attribute', '<a b="&foo;"/>', 'not-well-formed'],
    ['crossed tags', '<a><b></a></b>', 'not-well-formed'],
    ['an end without a start', '</a>', 'not-well-formed'],
    ['an attribute twice', '<a b="1" b="2"/>', 'not-well-formed'],
    ['an attribute without quotes', '<a b=1/>', 'not-well-formed'],
    ['a bare ampersand, at the next semicolon', '<a>x & y</a>;', 'not-well-formed'],
    ['a control character', '<a>\u000B</a>', 'not-well-formed'],
    ['a reference to a control character', '<a>&#11;</a>', 'not-well-formed'],
    ['text between stanzas', 'hello<a/>', 'bad-format'],
    ['a second XML declaration', `<?xml version='1.0'?><a/>`, 'not-well-formed'],
  ])('[XP8] %s', (_what, data, reason) => {
    expect(refused(data)).toBe(reason)
  })

  test.each([
    ['a document type first', '<!DOCTYPE a><stream:stream>', 'restricted-xml'],
    ['another root', '<html>', 'bad-format'],
    ['no XML', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'not-well-formed'],
    ['another encoding', `<?xml version='1.0' encoding='ISO-8859-1'?>${HEADER}`, 'unsupported-encoding'],
  ])('[XP9] %s', (_what, header, reason) => {
    expect(refused('', header)).toBe(reason)
  })

  test.each([
    ['a byte that never occurs', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a continuation without a start', [0x80]],
    ['a start without a continuation', [0xe2, 0x41]],
  ])('[XP10] UTF-8 with %s', (_what, bytes) => {
    expect(refused(Buffer.from([...Buffer.from('<a>'), ...bytes, ...Buffer.from('</a>')]))).toBe(
      'unsupported-encoding',
    )
  })

  test('[XP11] a stanza over the limit, before its end has come; as many as you like below it', () => {
    const exact = `<a>${'x'.repeat(93)}</a>`
    expect(refused(exact.repeat(20), HEADER, 200)).toBe('nothing')
    expect(refused(`<a>${'x'.repeat(200)}`, HEADER, 200)).toBe('too-big')
    expect(refused(`${exact}<a>${'x'.repeat(200)}</a>${exact}`, HEADER, 200)).toBe('too-big')
    expect(refused(`<a b="${'x'.repeat(200)}`, HEADER, 200)).toBe('too-big')
    expect(refused('x'.repeat(201), '', 200)).toBe('not-well-formed')
  })

  test('[XP12] more than 64 elements in one another, the stream among them', () => {
    const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    expect(refused(nested(63))).toBe('nothing')
    expect(refused(nested(64))).toBe('too-deep')
    expect(refused('<a>'.repeat(200_000), HEADER, 1_000_000)).toBe('too-deep')
  })

  test('[XP13] the stream error says to the server what its specification calls it', () => {
    const of = (reason: StreamViolation['reason']) => new StreamViolation(reason, '').condition
    expect(of('too-big')).toBe('policy-violation')
    expect(of('handled-count-too-high')).toBe('undefined-condition')
    expect(of('restricted-xml')).toBe('restricted-xml')
  })
})
