import { existsSync, globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { certificateFor, type Certificate } from '../../local/certificate.ts'
import { freePorts } from '../../local/ports.ts'
import type { XmppServer } from '../../local/prosody.ts'
import { untilReady } from '../../local/ready.ts'
import { runServer } from '../../local/server-process.ts'
import { systemClock, type Clock } from '../../shared/clock.ts'

/** Measured 1.0 to 1.8 s on two idle cores; a machine busy with a build gets twenty times that. */
const READY_WITHIN_MS = 40_000

export interface EjabberdOptions {
  dataDir: string
  /** Default `localhost`. */
  domain?: string
  /** How long a lost stream can be resumed (XEP-0198). Default 600. */
  hibernationSeconds?: number
  /** Unacknowledged stanzas for which a session is ended. Default 5000, ejabberd's own. */
  ackQueue?: number
  log?: (line: string) => void
  /** YAML lines at the top level of the configuration. */
  extraConfig?: string
}

export interface EjabberdServer extends XmppServer {
  tlsPort: number
  httpPort: number
}

export type Availability = { available: true; libraries: string } | { available: false; reason: string }

/** Whether the distribution's ejabberd package and Erlang are installed; `libraries` is the folder of its modules. */
export function ejabberdAvailable(path = process.env['PATH'] ?? ''): Availability {
  // Debian and Ubuntu keep it beside its libraries in the multiarch folder.
  const [application] = globSync([
    '/usr/lib/*/ejabberd-*/ebin/ejabberd.app',
    '/usr/lib/ejabberd-*/ebin/ejabberd.app',
  ])
  if (application === undefined) {
    const advice = '`node local/setup.mjs --with=ejabberd` installs it on Debian and Ubuntu'
    return { available: false, reason: `ejabberd is not installed; ${advice}` }
  }
  if (!path.split(delimiter).some(folder => existsSync(join(folder, 'erl')))) {
    return { available: false, reason: 'ejabberd is installed, but `erl` is not on PATH' }
  }
  return { available: true, libraries: dirname(dirname(dirname(application))) }
}

/**
 * Starts ejabberd as an Erlang process of its own, without ejabberdctl, epmd or another user, and resolves when it is
 * ready for logins. All of its state is under `dataDir`. Throws ServerFailed with its last lines when it does not start.
 */
export async function startEjabberd(
  options: EjabberdOptions,
  clock: Clock = systemClock,
): Promise<EjabberdServer> {
  const installed = ejabberdAvailable()
  if (!installed.available) throw new Error(installed.reason)
  const dataDir = resolve(options.dataDir)
  const domain = options.domain ?? 'localhost'
  const [port = 0, tlsPort = 0, httpPort = 0] = await freePorts(3)
  await mkdir(join(dataDir, 'log'), { recursive: true })
  const certificate = await certificateFor(join(dataDir, 'certs'), domain, clock)
  const configFile = join(dataDir, 'ejabberd.yml')
  await writeFile(configFile, ejabberdConfig({ ...options, domain, port, tlsPort, httpPort }, certificate))

  const child = await runServer({
    name: 'ejabberd',
    command: 'erl',
    args: ['-noinput', '-mnesia', 'dir', JSON.stringify(join(dataDir, 'spool')), '-s', 'ejabberd'],
    env: {
      PATH: process.env['PATH'],
      HOME: dataDir,
      ERL_LIBS: installed.libraries,
      EJABBERD_CONFIG_PATH: configFile,
      EJABBERD_LOG_PATH: join(dataDir, 'log', 'ejabberd.log'),
    },
    ...(options.log === undefined ? {} : { log: options.log }),
    clock,
  })
  await untilReady(child, { port, domain, withinMs: READY_WITHIN_MS, trouble: new AbortController(), clock })
  const { pid, exited, stop, kill } = child
  return { pid, host: '127.0.0.1', port, tlsPort, httpPort, domain, ca: certificate.cert, exited, stop, kill }
}

type Config = EjabberdOptions & { domain: string; port: number; tlsPort: number; httpPort: number }

/** ejabberd 23.01. No `shaper`, and registration without its limit of one per address in ten minutes. */
function ejabberdConfig(config: Config, { certFile, keyFile }: Certificate): string {
  const { domain, port, tlsPort, httpPort } = config
  const c2s = `ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, access: c2s`
  return `
hosts: [${JSON.stringify(domain)}]
loglevel: warning
certfiles: [${JSON.stringify(certFile)}, ${JSON.stringify(keyFile)}]
ca_file: ${JSON.stringify(certFile)}
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
s2s_access: none
listen:
  - {port: ${port}, ${c2s}, starttls: true}
  - {port: ${tlsPort}, ${c2s}, tls: true}
  - {port: ${httpPort}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {/xmpp-websocket: ejabberd_http_ws}}
access_rules:
  c2s: {allow: all}
  register: {allow: all}
modules:
  mod_adhoc: {}
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_disco: {}
  mod_last: {}
  mod_mam: {default: always, request_activates_archiving: false}
  mod_muc: {default_room_options: {mam: true}}
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub: {plugins: [flat, pep]}
  mod_register: {ip_access: all, access: register}
  mod_roster: {versioning: true}
  mod_stream_mgmt: {resume_timeout: ${config.hibernationSeconds ?? 600}, max_ack_queue: ${config.ackQueue ?? 5000}}
  mod_time: {}
  mod_vcard: {}
  mod_version: {}
${config.extraConfig ?? ''}
`
}
