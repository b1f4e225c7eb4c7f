import { connect, createServer, type AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Server } from './cast.ts'

export interface TornLink {
  readonly port: number
  /** From now on so many bytes more reach the server, and then the end of the connection, as when what sends is killed. */
  tearAfter(bytes: number): void
}

/** A TCP relay on loopback, for the running test, that can let a connection end in the middle of what its client says. */
export async function tornLink(server: Server): Promise<TornLink> {
  let left = Infinity
  const relay = createServer(near => {
    const far = connect({ port: server.tlsPort, host: server.host, noDelay: true })
    far.pipe(near)
    near.on('data', data => {
      if (left > 0) far.write(data.subarray(0, left))
      left -= data.length
      if (left <= 0) far.end()
    })
    for (const socket of [near, far]) socket.on('error', () => undefined)
    far.on('close', () => near.destroy())
    near.on('close', () => far.end())
  })
  relay.listen(0, '127.0.0.1')
  await new Promise(resolve => relay.once('listening', resolve))
  onTestFinished(() => void relay.close())
  return { port: (relay.address() as AddressInfo).port, tearAfter: bytes => (left = bytes) }
}
