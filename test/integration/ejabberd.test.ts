import { describe, test } from 'vitest'
import { ejabberdAvailable } from '../support/ejabberd.ts'
import { reachLocal } from '../target/reach.ts'
import { chatSuite } from './chat.ts'
import { contactsSuite } from './contacts.ts'
import { ordinarySuite } from './ordinary.ts'

const installed = ejabberdAvailable()

if (installed.available) {
  chatSuite('chat on ejabberd', () => reachLocal('ejabberd'))
  ordinarySuite('chat with ordinary clients on ejabberd', () => reachLocal('ejabberd'))
  contactsSuite('contacts on ejabberd', () => reachLocal('ejabberd'))
} else if (process.env['CI'] === 'true') {
  test('[EB1] ejabberd is there in continuous integration', () => {
    throw new Error(installed.reason)
  })
} else {
  console.log(`Skipped: the run on ejabberd. ${installed.reason}`)
  describe.skip('on ejabberd', () => test(installed.reason, () => undefined))
}
