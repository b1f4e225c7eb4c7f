import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** A port that a setting asks for is in use by another program. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  readonly port: number
  readonly setting: string

  constructor(port: number, setting: string, options?: ErrorOptions) {
    super(
      `port ${port} is in use by another program; set ${setting} to another port, or stop that program`,
      options,
    )
    this.port = port
    this.setting = setting
  }
}

/**
 * Lets a server listen on a loopback port, 0 for a free one, and resolves with it. `setting` is the name of what the
 * user may change.
 * @throws PortTaken
 */
export async function listenOn(server: Server, port: number, setting: string): Promise<number> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    if (hasCode(cause, 'EADDRINUSE')) throw new PortTaken(port, setting, { cause })
    throw new Error(`cannot listen on port ${port} (${setting}): ${String(cause)}`, { cause })
  }
  return portOf(server)
}

/**
 * Loopback ports that were free a moment ago, all different. Nothing reserves them: whoever binds one must expect to
 * lose the race.
 */
export async function freePorts(count: number): Promise<number[]> {
  // All are held open together, so the kernel cannot hand out one of them twice.
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(servers.map(server => listenOn(server, 0, 'a free one')))
  await Promise.all(servers.map(close))
  return ports
}

/**
 * Looks whether a loopback port is free.
 * @throws PortTaken
 */
export async function assertFree(port: number, setting: string): Promise<void> {
  const server = createServer()
  await listenOn(server, port, setting)
  await close(server)
}

function portOf(server: Server): number {
  const address = server.address()
  // A path is what a server on a Unix socket has; none is made here.
  return address === null || typeof address === 'string' ? 0 : address.port
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
