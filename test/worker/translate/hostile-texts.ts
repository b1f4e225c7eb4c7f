import fc from 'fast-check'

/** What XML cannot carry. */
const forbidden = ['\u0000', '\u0008', '\u000b', '\u001b', '\u001f', '\ufffe', '\uffff', '\ud83d', '\ude00']

/** What it can, and what breaks parsers, limits and eyes. */
const carried = [
  ...`]]> < > & " ' &amp; &#0; &x; <!-- <![CDATA[ </body> <?xml?> <!DOCTYPE __proto__ xmlns`.split(' '),
  ...'א ا é ß İ Σ ﬁ 中 😀 👨‍👩‍👧 🇪🇸 \u{10ffff} \u{1d11e} \u{e0100} e\u0301'.split(' '),
  ...'\r\n,\r,\n,\t,\u007f,\u0085,\u00a0,\u2028,\u202e,\u200d,\ufeff,\ufffd, ,  '.split(','),
  ...'a jose @ / . \\ \\20 xn--a .. %00'.split(' '),
]

const clean = fc.array(fc.constantFrom(...carried), { maxLength: 8 }).map(parts => parts.join(''))
const dirty = fc
  .array(fc.constantFrom(...carried, ...forbidden), { maxLength: 8 })
  .map(parts => parts.join(''))
const long = fc
  .tuple(
    fc.constantFrom(...carried, ...forbidden),
    fc.constantFrom(64, 65, 256, 257, 1023, 1025, 4000, 13_000),
  )
  .map(([piece, times]) => piece.repeat(times))

const units = fc.array(fc.nat(0xffff), { maxLength: 12 }).map(codes => String.fromCharCode(...codes))

/** Texts, of which about a third cannot be said in XML. */
const shortText = fc.oneof(
  { weight: 6, arbitrary: clean },
  { weight: 3, arbitrary: dirty },
  { weight: 1, arbitrary: units },
)
/** The same, with a few that are over every limit. */
export const hostileText = fc.oneof({ weight: 49, arbitrary: shortText }, { weight: 1, arbitrary: long })
