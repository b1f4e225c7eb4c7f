import { expect, test } from 'vitest'
import { translateStanza } from '../../../worker/translate/down.ts'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView, frames, readXml, sentXml } from './support.ts'

test('[TR100] a request to see the presence is told', () => {
  const request = readXml(
    '<presence type="subscribe" from="ana@b.example/phone"><status>It is me</status></presence>',
  )
  expect(frames(translateStanza(request, aView()))).toEqual([
    { messageType: 'SUBSCRIPTION', from: 'ana@b.example', status: 'It is me' },
  ])
})

test('[TR100] one from the own account, or from no address, is nothing', () => {
  for (const from of ['from="sergio@example.org"', '', 'from="a@b@c"']) {
    expect(translateStanza(readXml(`<presence type="subscribe" ${from}/>`), aView())).toEqual({})
  }
})

test('[TR101] approve and refuse answer it, and ask for nothing in return', () => {
  const answer = (word: 'approve' | 'refuse', id?: string) =>
    translateUp({ messageType: 'SUBSCRIPTION', to: 'ana@b.example', answer: word, id }, aView())
  expect(sentXml(answer('approve', 'r1'))).toEqual([
    '<presence type="subscribed" to="ana@b.example" id="r1"/>',
  ])
  expect(sentXml(answer('refuse'))).toEqual(['<presence type="unsubscribed" to="ana@b.example" id="n1"/>'])
  expect(answer('approve', 'r1').send?.[0]?.sent).toEqual({ frameId: 'r1', to: 'ana@b.example' })
})

test('[TR101] an answer to no address is refused', () => {
  expect(
    frames(translateUp({ messageType: 'SUBSCRIPTION', to: '', answer: 'approve', id: 'r1' }, aView())),
  ).toMatchObject([{ code: 'bad-address', id: 'r1' }])
})

test('[TR102] a request is open from when it came until it is answered or withdrawn', () => {
  const view = aView()
  const read = (type: string) =>
    translateStanza(readXml(`<presence type="${type}" from="ana@b.example/phone"/>`), view)
  expect(read('subscribe').contacts).toEqual([{ kind: 'asked', jid: 'ana@b.example', status: undefined }])
  expect(read('unsubscribe')).toEqual({ contacts: [{ kind: 'answered', jid: 'ana@b.example' }] })
  const answer = { messageType: 'SUBSCRIPTION', to: 'ana@b.example', answer: 'approve' } as const
  expect(translateUp(answer, view).contacts).toEqual([{ kind: 'answered', jid: 'ana@b.example' }])
})
