import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * Answers HTTP on a free port of 127.0.0.1. Returns its address.
 * @param defer takes what stops it; by default it stops when the running test has finished.
 */
export async function serveOnLoopback(
  listener: RequestListener,
  defer: (stop: () => void) => void = onTestFinished,
): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
