import { xml } from '@xmpp/client'
import type { Element } from '@xmpp/xml'
import type { XmppUser } from './xmpp-user.ts'

const ARCHIVE = 'urn:xmpp:mam:2'
const PAGES = 'http://jabber.org/protocol/rsm'
/** What the servers of the tests give at once. */
const PAGE = '50'

/** The texts that the archive of a user keeps, oldest first: all of them, or those with one person (XEP-0313, XEP-0059). */
export async function archivedTexts(user: XmppUser, person?: string): Promise<string[]> {
  const texts: string[] = []
  for (let after: string | undefined, complete = false; !complete;) {
    const before = user.received.length
    const fin = (await user.request(query(person, after))).getChild('fin')
    texts.push(...user.received.slice(before).flatMap(textsIn))
    after = fin?.getChild('set', PAGES)?.getChildText('last') ?? undefined
    complete = fin?.attrs['complete'] === 'true' || after === undefined
  }
  return texts
}

function query(person: string | undefined, after: string | undefined): Element {
  const field = (name: string, value: string) => xml('field', { var: name }, xml('value', {}, value))
  const fields = [field('FORM_TYPE', ARCHIVE), ...(person === undefined ? [] : [field('with', person)])]
  const turn = after === undefined ? [] : [xml('after', {}, after)]
  const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, ...fields)
  const page = xml('set', { xmlns: PAGES }, xml('max', {}, PAGE), ...turn)
  return xml('iq', { type: 'set' }, xml('query', { xmlns: ARCHIVE }, form, page))
}

function textsIn(stanza: Element): string[] {
  const message = stanza.getChild('result', ARCHIVE)?.getChild('forwarded')?.getChild('message')
  const text = message?.getChildText('body')
  return text === null || text === undefined ? [] : [text]
}
