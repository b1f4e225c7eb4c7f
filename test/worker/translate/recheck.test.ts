import { expect, test } from 'vitest'
import type { Archived, Effects, Request, Suspect, View } from '../../../worker/translate/effects.ts'
import { recheck as askRules, search } from '../../../worker/translate/recheck.ts'
import { translateBroken, translateReply, translateTimeout } from '../../../worker/translate/replies.ts'
import { aView, readXml, sentXml } from './support.ts'

const [m1, m2, m3] = ['m1', 'm2', 'm3'].map(stanzaId => ({ stanzaId, to: 'jose@example.org' })) as [
  { stanzaId: string; to: string },
  { stanzaId: string; to: string },
  { stanzaId: string; to: string },
]
const sent = (id: string, to = 'jose@example.org'): Archived => ({
  frame: undefined,
  own: { ids: [id], to, ours: true },
})
const TEXT = {
  messageType: 'NEW_MESSAGE',
  from: 'sergio',
  to: 'jose',
  content: 'before',
  timestamp: '2026-01-01T00:00:00Z',
} as const
const end = (attributes: string, first = 'a1') =>
  readXml(
    `<iq type="result"><fin xmlns="urn:xmpp:mam:2" ${attributes}><set xmlns="http://jabber.org/protocol/rsm"><first>${first}</first><last>a9</last></set></fin></iq>`,
  )
const requestOf = (effects: Effects): Request => {
  const [asked] = effects.ask ?? []
  if (asked === undefined) throw new Error('nothing was asked')
  return asked.request
}
/** The answer to the page that was asked for last. */
function answer(effects: Effects, entries: readonly Archived[], iq = end('')): Effects {
  const request = requestOf(effects)
  const queryId = 'queryId' in request ? request.queryId : ''
  return translateReply(request, iq, aView({ collected: { [queryId]: entries } }))
}

/** The first page, in an archive with these rules. */
const recheck = (suspects: readonly Suspect[], view: View, rules?: string, whole = true) =>
  search({ kind: 'archive-rules', suspects, whole }, rules === undefined ? undefined : readXml(rules), view)

test('[TR160] suspects are looked for newest first, in one conversation when they all went there', () => {
  const one = sentXml(recheck([m1, m2], aView()))
  expect(one[0]).toContain('<max>14</max><before/>')
  expect(one[0]).toContain('<field var="with"><value>jose@example.org</value></field>')
  expect(sentXml(recheck([m1, { ...m2, to: 'ana@b.example' }], aView()))[0]).not.toContain('with')
})

test('[TR161] the search is over when all are found, or the archive is at its end', () => {
  const begun = recheck([m1, m2], aView())
  expect(answer(begun, [sent('m2'), sent('m1')])).toEqual({
    checked: { found: ['m1', 'm2'], missing: [], unsure: [] },
  })
  expect(answer(begun, [sent('m2')], end('complete="true"'))).toEqual({
    checked: { found: ['m2'], missing: ['m1'], unsure: [] },
  })
})

test('[TR161] else it goes on with the page before, a full one; what eight pages have not shown stays unsure', () => {
  const second = answer(recheck([m1, m2, m3], aView()), [sent('m3')], end('', 'a50'))
  expect(sentXml(second)[0]).toContain('<max>50</max><before>a50</before>')
  const third = answer(second, [sent('m2')], end('', 'a20'))
  expect(sentXml(third)[0]).toContain('<max>50</max><before>a20</before>')
  let last = third
  for (let page = 4; page <= 8; page += 1) last = answer(last, [], end('', `b${page}`))
  expect(answer(last, [])).toEqual({ checked: { found: ['m3', 'm2'], missing: [], unsure: ['m1'] } })
})

test('[TR161] each page is one of the same conversations: the id to go on from is known in no other selection', () => {
  const begun = recheck([m1, { ...m2, to: 'ana@b.example' }], aView())
  const second = answer(begun, [sent('m2', 'ana@b.example')], end('', 'a50'))
  expect(sentXml(second)[0]).toContain('<before>a50</before>')
  expect(sentXml(second)[0]).not.toContain('with')
})

test('[TR165] the search ends at a text of this session that is in no doubt: it is older than all that are', () => {
  const frame = TEXT
  const own = { ids: ['m0'], to: 'jose@example.org', ours: true }
  const begun = recheck([m1, m2], aView())
  expect(answer(begun, [sent('m1'), { frame, own }])).toEqual({
    checked: { found: ['m1'], missing: ['m2'], unsure: [] },
  })
  const others = [
    { frame, own: { ...own, ours: false } },
    // A receipt goes out by itself, and may be newer than what is in doubt.
    { frame: undefined, own },
    { frame, own: { ...own, ids: ['m2'] } },
  ]
  for (const other of others) expect(answer(begun, [other]).ask).toHaveLength(1)
})

test('[TR166] as long as more suspects are to come a text that is none may be one of them: the search goes on', () => {
  const begun = recheck([m1], aView(), undefined, false)
  const second = answer(begun, [{ frame: TEXT, own: { ids: ['m2'], to: 'jose@example.org', ours: true } }])
  expect(second.ask).toHaveLength(1)
  expect(answer(second, [sent('m1')]).checked?.found).toEqual(['m1'])
})

test('[TR162] a message of somebody else, or to somebody else, under the same id is not it', () => {
  const begun = recheck([m1], aView())
  const entries = [sent('m1', 'eve@example.org'), { frame: undefined, own: undefined }]
  expect(answer(begun, entries, end('complete="true"')).checked?.missing).toEqual(['m1'])
})

test('[TR163] an archive that is missing or silent leaves unsure what it has not shown', () => {
  const second = answer(recheck([m1, m2], aView()), [sent('m2')])
  const unsure = { checked: { found: ['m2'], missing: [], unsure: ['m1'] } }
  expect(translateReply(requestOf(second), readXml('<iq type="error"/>'), aView())).toEqual(unsure)
  expect(translateReply(requestOf(second), readXml('<iq type="result"/>'), aView())).toEqual(unsure)
  expect(translateTimeout(requestOf(second), aView())).toEqual(unsure)
})

test('[TR163] one that went with its stream says nothing', () => {
  expect(translateBroken(requestOf(recheck([m1], aView())))).toEqual({
    checked: { found: [], missing: [], unsure: [] },
  })
})

test('[TR163] what the archive would not have kept is not missing but unsure', () => {
  const to = (jid: string) => ({ stanzaId: jid, to: jid })
  const suspects = ['jose@example.org', 'ana@b.example', 'eve@b.example'].map(to)
  const verdict = (inside: string, otherwise: string) => {
    const rules = `<prefs xmlns="urn:xmpp:mam:2" default="${otherwise}">${inside}</prefs>`
    const begun = recheck(suspects, aView({ items: [{}] }), rules)
    return answer(begun, [], end('complete="true"')).checked?.missing
  }
  expect(verdict('', 'always')).toEqual(suspects.map(({ to: jid }) => jid))
  expect(verdict('', 'never')).toEqual([])
  expect(verdict('', 'roster')).toEqual(['jose@example.org'])
  expect(verdict('<always><jid>ana@b.example</jid></always>', 'never')).toEqual(['ana@b.example'])
  expect(verdict('<never><jid>eve@b.example</jid><jid>jose@example.org/x</jid></never>', 'always')).toEqual([
    'ana@b.example',
  ])
})

test('[TR164] the archive is asked for its rules first; without an answer all is unsure, a refusal is none', () => {
  const asked = askRules([m1], true, aView())
  expect(sentXml(asked)).toEqual(['<iq type="get" id="n1"><prefs xmlns="urn:xmpp:mam:2"/></iq>'])
  const request = requestOf(asked)
  expect(translateTimeout(request, aView())).toEqual({ checked: { found: [], missing: [], unsure: ['m1'] } })
  expect(translateBroken(request)).toEqual({ checked: { found: [], missing: [], unsure: [] } })
  const refused = translateReply(request, readXml('<iq type="error"/>'), aView())
  expect(refused.ask?.[0]?.request).toMatchObject({ kind: 'recheck', open: [{ stanzaId: 'm1', kept: true }] })
  const rules = readXml('<iq type="result"><prefs xmlns="urn:xmpp:mam:2" default="never"/></iq>')
  const told = translateReply(request, rules, aView())
  expect(told.ask?.[0]?.request).toMatchObject({ open: [{ stanzaId: 'm1', kept: false }] })
})
