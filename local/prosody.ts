import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemClock, type Clock } from '../shared/clock.ts'
import { certificateFor } from './certificate.ts'
import { assertFree, freePorts, PortTaken } from './ports.ts'
import { prosodyConfig } from './prosody/config.ts'
import { untilReady } from './ready.ts'
import { runServer } from './server-process.ts'

/** Measured 90 to 250 ms on two idle cores; a machine busy with a build gets a hundred times that. */
const READY_WITHIN_MS = 20_000
/** The default of XEP-0198 servers; longer than it takes to replace a worker. */
const HIBERNATION_SECONDS = 600
/** Prosody's own 500 are few for a bridge whose sessions stay away for minutes. */
const ACK_QUEUE = 5000
/** Another program may take a free port between its choice and its use; three times in a row is something else. */
const PORT_CHOICES = 3

export interface ProsodyOptions {
  /** Configuration, certificate and accounts live here, for the next start too. */
  dataDir: string
  /** Default `localhost`. */
  domain?: string
  /** Client port (STARTTLS offered). 0 or undefined: a free one. */
  port?: number
  /** Client port with TLS from the first byte. 0 or undefined: a free one. */
  tlsPort?: number
  /** `ws://127.0.0.1:<httpPort>/xmpp-websocket`, and file upload. 0 or undefined: a free one. */
  httpPort?: number
  /** How long a lost stream can be resumed (XEP-0198). Default 600. */
  hibernationSeconds?: number
  /** Unacknowledged stanzas that are kept for a stream; what overflows is lost. Default 5000. */
  ackQueue?: number
  /** Modules that are not loaded, for a server that offers less: `smacks` (XEP-0198), `mam` (XEP-0313). */
  without?: readonly string[]
  /** Receives each line that Prosody prints. */
  log?: (line: string) => void
  /** Lua lines for the global section of the configuration. */
  extraConfig?: string
}

/** An XMPP server on loopback that was started here. */
export interface XmppServer {
  pid: number
  host: '127.0.0.1'
  port: number
  tlsPort?: number
  httpPort?: number
  domain: string
  /** PEM of the self-signed certificate, which is what a client has to trust. */
  ca: string
  /** SIGTERM, after 3 s SIGKILL; resolves when the process is gone. */
  stop(): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): void
  /** The exit code, or null when a signal ended it. */
  exited: Promise<number | null>
}

export interface ProsodyServer extends XmppServer {
  tlsPort: number
  httpPort: number
  configFile: string
}

/** What a person changes to give Prosody another port. */
const SETTINGS = { port: 'XMPP_PORT', tlsPort: 'tlsPort', httpPort: 'httpPort' } as const
const PORTS = ['port', 'tlsPort', 'httpPort'] as const
type Ports = Record<(typeof PORTS)[number], number>

/**
 * Starts Prosody in the foreground and resolves when it is ready for logins.
 * @throws PortTaken when a port that was asked for is in use, and ServerFailed, with Prosody's last lines, when it does
 * not come up.
 */
export async function startProsody(
  options: ProsodyOptions,
  clock: Clock = systemClock,
): Promise<ProsodyServer> {
  for (const name of PORTS) {
    const port = options[name]
    if (port) await assertFree(port, SETTINGS[name])
  }

  for (let choice = 1; ; choice++) {
    const ports = await choosePorts(options)
    try {
      return await startOn(ports, options, clock)
    } catch (error) {
      if (!(error instanceof PortTaken) || !isOurChoice(error.port, options) || choice === PORT_CHOICES)
        throw error
    }
  }
}

async function choosePorts(wanted: ProsodyOptions): Promise<Ports> {
  const [port = 0, tlsPort = 0, httpPort = 0] = await freePorts(3)
  return {
    port: wanted.port || port,
    tlsPort: wanted.tlsPort || tlsPort,
    httpPort: wanted.httpPort || httpPort,
  }
}

function isOurChoice(port: number, wanted: ProsodyOptions): boolean {
  return PORTS.every(name => wanted[name] !== port)
}

async function startOn(ports: Ports, options: ProsodyOptions, clock: Clock): Promise<ProsodyServer> {
  const dataDir = resolve(options.dataDir)
  const domain = options.domain ?? 'localhost'
  const configFile = join(dataDir, 'prosody.cfg.lua')
  await mkdir(join(dataDir, 'data'), { recursive: true })
  const { cert } = await certificateFor(join(dataDir, 'certs'), domain, clock)
  await writeFile(
    configFile,
    prosodyConfig({
      ...ports,
      dataDir,
      domain,
      hibernationSeconds: options.hibernationSeconds ?? HIBERNATION_SECONDS,
      ackQueue: options.ackQueue ?? ACK_QUEUE,
      // Prosody refuses root, and prosodyctl leaves root for Debian's `prosody` user, unless told otherwise.
      runAsRoot: process.getuid?.() === 0,
      without: options.without,
      ...(options.extraConfig === undefined ? {} : { extraConfig: options.extraConfig }),
    }),
  )

  const trouble = new AbortController()
  const child = await runServer({
    name: 'Prosody',
    command: 'prosody',
    args: ['--config', configFile, '-F'],
    log: line => {
      const taken = refusedPort(line)
      if (taken !== undefined) trouble.abort(new PortTaken(taken, settingOf(taken, ports)))
      options.log?.(line)
    },
    clock,
  })
  await untilReady(child, { port: ports.port, domain, withinMs: READY_WITHIN_MS, trouble, clock })
  const { pid, exited, stop, kill } = child
  return { pid, host: '127.0.0.1', ...ports, domain, ca: cert, configFile, exited, stop, kill }
}

/** Prosody goes on without a port it could not open, and only says so. */
function refusedPort(line: string): number | undefined {
  const port = /Failed to open server port (\d+)/.exec(line)?.[1]
  return port === undefined ? undefined : Number(port)
}

function settingOf(port: number, ports: Ports): string {
  const name = PORTS.find(candidate => ports[candidate] === port)
  return name === undefined ? 'extraConfig' : SETTINGS[name]
}
