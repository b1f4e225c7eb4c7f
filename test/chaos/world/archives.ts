import type { XmppServer } from '../../../local/prosody.ts'
import { archivedTexts } from '../../support/archive.ts'
import { XmppUser } from '../../support/xmpp-user.ts'
import { keyIn, readKey } from '../history/key.ts'

/**
 * Those of the messages that the XMPP server has taken and lost by itself: an ordinary client finds them in the archive of
 * their sender, and not in that of their recipient. ejabberd 23.01 loses so what reaches it in the moment it is stopped:
 * a message is archived for its recipient only when it gets there. No bridge can know.
 */
export async function lostByServer(
  server: XmppServer,
  password: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const archives = new Map<string, ReadonlySet<string>>()
  const archiveOf = async (name: string) => {
    const known = archives.get(name) ?? (await readArchive(server, name, password))
    archives.set(name, known)
    return known
  }
  const lost = new Set<string>()
  for (const key of keys) {
    const { from = '', to = '' } = readKey(key) ?? {}
    if ((await archiveOf(from)).has(key) && !(await archiveOf(to)).has(key)) lost.add(key)
  }
  return lost
}

async function readArchive(server: XmppServer, name: string, password: string): Promise<Set<string>> {
  const user = await XmppUser.login(server, name, password, { presence: false })
  const texts = await archivedTexts(user)
  await user.logout()
  return new Set(texts.flatMap(text => keyIn(text) ?? []))
}
