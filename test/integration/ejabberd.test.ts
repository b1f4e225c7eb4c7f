import { describe, test } from 'vitest'
import { ejabberdAvailable } from '../support/ejabberd.ts'
import { chatSuite } from './chat.ts'
import { contactsSuite } from './contacts.ts'

const installed = ejabberdAvailable()

if (installed.available) {
  chatSuite('ejabberd')
  contactsSuite('ejabberd')
} else if (process.env['CI'] === 'true') {
  test('[EB1] ejabberd is there in continuous integration', () => {
    throw new Error(installed.reason)
  })
} else {
  console.log(`Skipped: the run on ejabberd. ${installed.reason}`)
  describe.skip('on ejabberd', () => test(installed.reason, () => undefined))
}
