import { expect, test } from 'vitest'
import { thaw } from '../../../worker/session/thaw.ts'
import { xml } from '../../../worker/xmpp/xml.ts'

test('[TH1] a stanza that was kept as XML is the same again, in the namespace of its stream', () => {
  const stanza = xml('message', { to: 'a&b@localhost' }, xml('body', {}, '<é>'), xml('x', { xmlns: 'y' }))
  const again = thaw(stanza.toString())
  expect(again?.toString()).toBe(stanza.toString())
  expect(again?.getChild('body', 'jabber:client')?.getText()).toBe('<é>')
})

test('[TH2] what is no stanza, or more than one, is none', () => {
  for (const text of ['', 'x', '<a', '<a/><b/>', '</stream:stream>', '<!DOCTYPE x>', '<a>'.repeat(100)])
    expect(thaw(text)).toBeUndefined()
})
