import type { XmppServer } from '../../../local/prosody.ts'
import { sleep, type Clock } from '../../../shared/clock.ts'
import { XmppUser } from '../../support/xmpp-user.ts'

/**
 * An ordinary XMPP client that writes to everybody in turn, so many messages a minute to each, until the signal aborts. Its
 * texts are none of the talk and are not judged; they are there to be carried.
 */
export async function writeFromOutside(
  server: XmppServer,
  names: readonly string[],
  perMinute: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const name = 'outsider'
  await XmppUser.register(server, name, name)
  const outsider = await XmppUser.login(server, name, name)
  const pauseMs = 60_000 / (perMinute * names.length)
  const begin = clock.monotonic()
  for (let sent = 0; !signal.aborted; sent += 1) {
    await sleep(clock, Math.max(0, begin + sent * pauseMs - clock.monotonic()), signal)
    const to = names[sent % names.length] ?? ''
    if (!signal.aborted) await outsider.send(`${to}@${server.domain}`, `number ${sent}`)
  }
  await outsider.logout()
}
