import { join } from 'node:path'
import { xml } from '@xmpp/client'
import { expect, test } from 'vitest'
import { keyOf, textOf } from '../chaos/history/key.ts'
import { lostByServer } from '../chaos/world/archives.ts'
import { serverNames, XmppHost } from '../chaos/world/xmpp-host.ts'
import { ejabberdAvailable } from '../support/ejabberd.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/** More than one page of an archive. */
const MESSAGES = 60

for (const server of serverNames) {
  const missing = server === 'ejabberd' && !ejabberdAvailable().available
  test.skipIf(missing)(
    `[CX2] lost by ${server} itself is what its sender's archive has and its recipient's has not, and nothing else`,
    async () => {
      const folder = join(await temporaryFolder(), server)
      const host = await XmppHost.start({ server, folder, users: [], password: 'pass', log: () => undefined })
      try {
        const users = ['u0', 'u1', 'u2']
        for (const name of users) await XmppUser.register(host.server, name, 'pass')
        const [sender, archived, forgetful] = await Promise.all(
          users.map(name => XmppUser.login(host.server, name, 'pass')),
        )
        if (!sender || !archived || !forgetful) throw new Error('Nobody came')
        const lists = [xml('always', {}), xml('never', {})]
        const rules = xml('prefs', { xmlns: 'urn:xmpp:mam:2', default: 'never' }, ...lists)
        await forgetful.request(xml('iq', { type: 'set' }, rules))
        const keys = Array.from({ length: MESSAGES }, (_, at) => keyOf('u0', at % 2 ? 'u1' : 'u2', at + 1))
        for (const [at, key] of keys.entries()) {
          const to = at % 2 ? archived : forgetful
          await sender.send(to.bareJid, textOf(key))
          await to.waitForMessage(textOf(key))
        }
        const never = keyOf('u0', 'u1', MESSAGES + 1)
        expect(await lostByServer(host.server, 'pass', [...keys, never])).toEqual(
          new Set(keys.filter((_, at) => at % 2 === 0)),
        )
        await Promise.all([sender, archived, forgetful].map(user => user.logout()))
      } finally {
        await host.stop()
      }
    },
  )
}
