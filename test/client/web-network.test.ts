import { expect, test } from 'vitest'
import { webNetwork } from '../../client/src/web-network.ts'

class FakeDocument extends EventTarget {
  visibilityState = 'visible'
}

class FakePage extends EventTarget {
  readonly document = new FakeDocument()
}

function watched(scope: FakePage | EventTarget) {
  let woken = 0
  const stop = webNetwork(scope).watch(() => (woken += 1))
  return { stop, woken: () => woken }
}

test.each(['online', 'offline', 'focus', 'pageshow'])('[WN1] %s wakes the client', event => {
  const page = new FakePage()
  const { woken } = watched(page)
  page.dispatchEvent(new Event(event))
  expect(woken()).toBe(1)
})

test('[WN2] a page that is shown or unfrozen wakes it, one that is hidden does not', () => {
  const page = new FakePage()
  const { woken } = watched(page)
  page.document.visibilityState = 'hidden'
  page.document.dispatchEvent(new Event('visibilitychange'))
  expect(woken()).toBe(0)
  page.document.visibilityState = 'visible'
  page.document.dispatchEvent(new Event('visibilitychange'))
  page.document.dispatchEvent(new Event('resume'))
  expect(woken()).toBe(2)
})

test('[WN3] nothing wakes it any more when nobody watches', () => {
  const page = new FakePage()
  const { stop, woken } = watched(page)
  stop()
  page.dispatchEvent(new Event('online'))
  page.document.dispatchEvent(new Event('resume'))
  expect(woken()).toBe(0)
})

test('[WN4] a worker, which has no document, is woken by the network', () => {
  const worker = new EventTarget()
  const { woken } = watched(worker)
  worker.dispatchEvent(new Event('online'))
  expect(woken()).toBe(1)
})
