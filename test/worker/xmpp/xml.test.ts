import { describe, expect, test } from 'vitest'
import { isXmlText, xml } from '../../../worker/xmpp/xml.ts'

describe('text that XML 1.0 can carry', () => {
  test.each([
    ['nothing', ''],
    ['tab, line feed, carriage return', '\t\n\r'],
    ['markup, which is escaped', '<a href="x">&amp;\'</a>'],
    ['the edges of Char', '\u0020\uD7FF\uE000\uFFFD'],
    ['DEL and the C1 controls', '\u007F\u0080\u009F'],
    ['characters beyond the first plane', '🎉\u{10000}\u{10FFFF}'],
  ])('[XX1] %s is legal', (_what, text) => {
    expect(isXmlText(text)).toBe(true)
  })

  test.each([
    ['NUL', 'a\u0000b'],
    ['a vertical tab', 'a\u000Bb'],
    ['the last control character', '\u001F'],
    ['a lone high surrogate', 'a\uD83C'],
    ['a lone low surrogate', '\uDF89a'],
    ['surrogates the wrong way round', '\uDF89\uD83C'],
    ['U+FFFE', '\uFFFE'],
    ['U+FFFF', 'ok\uFFFF'],
  ])('[XX2] %s is illegal', (_what, text) => {
    expect(isXmlText(text)).toBe(false)
  })
})

describe('building', () => {
  test('[XX3] what is undefined is left out, numbers become text, arrays are spread', () => {
    const built = xml('iq', { id: undefined, n: 7 }, undefined, 'a<b', [xml('c'), undefined])
    expect(built.toString()).toBe('<iq n="7">a&lt;b<c/></iq>')
  })

  test('[XX4] attributes and text are escaped', () => {
    const built = xml('a', { b: `"'<>&` }, `"'<>&`)
    expect(built.toString()).toBe(`<a b="&quot;&apos;&lt;&gt;&amp;">"'&lt;&gt;&amp;</a>`)
  })

  test('[XX5] the caller keeps its attributes', () => {
    const attributes = { id: undefined, n: 7 }
    xml('a', attributes)
    expect(attributes).toEqual({ id: undefined, n: 7 })
  })
})
