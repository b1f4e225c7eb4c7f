import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

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

/** A loopback port that was free a moment ago. Nothing reserves it: whoever binds it must expect to lose the race. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}

/** As `freePort`, for several at once, all different. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held open together, so the kernel cannot hand out one of them twice.
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(close))
  return ports
}

/** Throws PortTaken when the loopback port is in use; `setting` is the name of what the user may change. */
export async function assertFree(port: number, setting: string): Promise<void> {
  try {
    await close(await listen(port))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PortTaken(port, setting, { cause })
    throw new Error(`cannot listen on port ${port} (${setting}): ${(cause as Error).message}`, { cause })
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
