import fc from 'fast-check'
import { xml, type Element } from '../../../worker/xmpp/xml.ts'
import { hostileText } from './hostile-texts.ts'

const CARBONS = 'urn:xmpp:carbons:2'
const FORWARD = 'urn:xmpp:forward:0'

const namespaces = `jabber:client jabber:server jabber:iq:roster jabber:iq:version ${CARBONS} ${FORWARD} urn:xmpp:delay
  urn:xmpp:mam:2 urn:xmpp:receipts urn:xmpp:chat-markers:0 http://jabber.org/protocol/chatstates
  urn:xmpp:sid:0 urn:xmpp:ping urn:xmpp:time http://jabber.org/protocol/disco#info urn:ietf:params:xml:ns:xmpp-stanzas`
const names = `message presence iq body status show priority query item group error text received sent forwarded delay
  stanza-id result request displayed composing active ping time gone conflict x:body constructor`
const addresses = `sergio@example.org sergio@example.org/bridge example.org jose@example.org jose@example.org/phone
  ana@b.example/x b.example a@b@c @ / ${'a'.repeat(1023)}@${'b.'.repeat(100)}example/r`
const types = 'get set result error chat normal groupchat subscribe unavailable'
const stamps = '2026-01-01T00:00:00Z 9999-12-31T23:59:59-23:59 0000-01-01T00:00:00+14:00 now'

const oneOf = (words: string) => fc.constantFrom(...words.split(/\s+/))
const often = (words: string) =>
  fc.oneof({ weight: 4, arbitrary: oneOf(words) }, { weight: 1, arbitrary: hostileText })

const jid = often(addresses)
const id = often('m1 m2')

const attributes = fc.record(
  {
    xmlns: oneOf(namespaces),
    from: jid,
    to: jid,
    by: jid,
    jid,
    id,
    type: often(types),
    name: hostileText,
    node: hostileText,
    subscription: oneOf('none to from both remove x'),
    ask: oneOf('subscribe x'),
    stamp: often(stamps),
    'xml:lang': hostileText,
  },
  { requiredKeys: [] },
)

const { tree } = fc.letrec<{ tree: Element; child: Element | string }>(tie => ({
  child: fc.oneof({ depthSize: 'small' }, hostileText, tie('tree')),
  tree: fc
    .tuple(oneOf(names), attributes, fc.array(tie('child'), { maxLength: 4 }))
    .map(([name, attrs, children]) => xml(name, attrs, ...children)),
}))

/** Any tree at all. */
export const hostileTree: fc.Arbitrary<Element> = tree

const head = fc.record({ from: jid, to: jid, id }, { requiredKeys: [] })
const text = (name: string) => hostileText.map(content => xml(name, {}, content))
const delay = fc
  .record({ from: jid, stamp: oneOf(stamps) })
  .map(attrs => xml('delay', { xmlns: 'urn:xmpp:delay', ...attrs }))
const stanzaId = fc
  .record({ by: jid, id: hostileText })
  .map(attrs => xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', ...attrs }))

const message = fc
  .tuple(head, oneOf(types), text('body'), fc.array(fc.oneof(delay, stanzaId, tree), { maxLength: 2 }))
  .map(([attrs, type, body, more]) =>
    xml('message', { xmlns: 'jabber:client', type, ...attrs }, body, ...more),
  )
const carbon = fc.tuple(head, oneOf('received sent'), fc.oneof(message, tree)).map(([attrs, kind, inner]) => {
  const forwarded = xml('forwarded', { xmlns: FORWARD }, inner)
  return xml('message', attrs, xml(kind, { xmlns: CARBONS }, forwarded))
})
const archived = fc.tuple(head, oneOf('q1 q2'), hostileText, delay, fc.oneof(message, tree)).map(parts => {
  const [attrs, queryid, entryId, stamp, inner] = parts
  const forwarded = xml('forwarded', { xmlns: FORWARD }, stamp, inner)
  return xml('message', attrs, xml('result', { xmlns: 'urn:xmpp:mam:2', queryid, id: entryId }, forwarded))
})
const told = oneOf('received displayed composing paused request')
const state = fc
  .tuple(head, oneOf(types), told, oneOf(namespaces), id)
  .map(([attrs, type, name, xmlns, about]) =>
    xml('message', { type, ...attrs }, xml(name, { xmlns, id: about })),
  )
const presenceType = fc.constantFrom(undefined, 'unavailable', 'subscribe', 'error')
const presence = fc
  .tuple(head, presenceType, text('show'), text('status'), text('priority'))
  .map(([attrs, type, ...children]) => xml('presence', { type, ...attrs }, ...children))
const item = fc
  .tuple(attributes, fc.array(text('group'), { maxLength: 3 }))
  .map(([attrs, groups]) => xml('item', { ...attrs, xmlns: undefined }, ...groups))
const rosterPush = fc
  .tuple(head, item)
  .map(([attrs, child]) =>
    xml('iq', { type: 'set', ...attrs }, xml('query', { xmlns: 'jabber:iq:roster' }, child)),
  )
const query = fc
  .tuple(head, oneOf('get set result'), tree)
  .map(([attrs, type, child]) => xml('iq', { type, ...attrs }, child))

/** Stanzas of the shapes that are read, with hostile texts, addresses and trees in them. */
export const hostileStanza: fc.Arbitrary<Element> = fc.oneof(
  message,
  carbon,
  archived,
  state,
  presence,
  rosterPush,
  query,
)
