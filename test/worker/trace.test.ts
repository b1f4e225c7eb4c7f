import { expect, test } from 'vitest'
import { maskFrame, maskStanza } from '../../worker/trace.ts'
import { xml } from '../../worker/xmpp/xml.ts'

const SECRET = 'PLANTED'
const contact = {
  jid: 'ben@localhost',
  name: 'Ben',
  groups: ['Friends'],
  subscription: 'both',
  pending: false,
  presence: { show: 'away', status: SECRET },
} as const

test.each([
  { messageType: 'JOIN', username: 'ana', password: SECRET },
  { messageType: 'NEW_MESSAGE', to: 'ben', content: SECRET },
  { messageType: 'PRESENCE', show: 'away', status: SECRET },
  { messageType: 'CONTACT', ...contact, groups: ['Friends'] },
  { messageType: 'GET_CONTACTS', content: SECRET, contacts: [{ ...contact, groups: [] }] },
] as const)('[TM1] no secret and no text is left in a masked $messageType', frame => {
  const masked = JSON.stringify(maskFrame(structuredClone(frame) as Parameters<typeof maskFrame>[0]))
  expect(masked).not.toContain(SECRET)
  expect(masked).toContain('[7 characters]')
  expect(masked).toContain(frame.messageType)
})

test('[TM2] a masked stanza keeps its shape and loses its texts, however deep', () => {
  const stanza = xml(
    'message',
    { to: 'ben@localhost' },
    xml('body', {}, SECRET),
    xml('x', {}, xml('y', {}, SECRET)),
  )
  expect(maskStanza(stanza)).toBe(
    '<message to="ben@localhost"><body>[7 characters]</body><x><y>[7 characters]</y></x></message>',
  )
})
