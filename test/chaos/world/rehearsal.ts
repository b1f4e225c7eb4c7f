import { once } from 'node:events'
import { WebSocket } from 'ws'

/**
 * Opens and closes so many sockets at once, so that each process that serves connects and disconnects has done so before:
 * signing in closes none, and a bridge in use is warm.
 */
export async function rehearse(url: string, sockets: number): Promise<void> {
  const opened = await Promise.all(
    Array.from({ length: sockets }, async () => {
      const socket = new WebSocket(url)
      await once(socket, 'open')
      return socket
    }),
  )
  await Promise.all(
    opened.map(async socket => {
      socket.close()
      await once(socket, 'close')
    }),
  )
}
