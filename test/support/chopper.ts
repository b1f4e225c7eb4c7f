import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { XmppServer } from '../../local/prosody.ts'
import type { UsedXmpp } from '../../local/stack.ts'

/** A TCP relay on loopback that hands the server's bytes on one at a time, each in a write of its own. */
export async function oneByteAtATime(server: XmppServer): Promise<UsedXmpp> {
  const relay = createServer(client => {
    client.setNoDelay(true)
    const upstream = connect(server.port, server.host)
    client.pipe(upstream)
    upstream.on('data', data => chop(data, client))
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  relay.listen(0, '127.0.0.1')
  await new Promise(resolve => relay.once('listening', resolve))
  // The test ends with its process; an idle relay must not keep it alive.
  relay.unref()
  const { port } = relay.address() as AddressInfo
  return { url: `xmpp://127.0.0.1:${port}`, domain: server.domain, ca: undefined }
}

function chop(data: Buffer, to: Socket): void {
  for (const byte of data) to.write(Buffer.of(byte))
}
