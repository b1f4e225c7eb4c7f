export interface ProsodyConfig {
  dataDir: string
  domain: string
  port: number
  tlsPort: number
  httpPort: number
  /** How long a lost stream can be resumed (XEP-0198), in seconds. */
  hibernationSeconds: number
  /** Unacknowledged stanzas that are kept for it. */
  ackQueue: number
  runAsRoot: boolean
  /** Modules that are not loaded. */
  without?: readonly string[] | undefined
  /**
   * Lua lines for the global section. Prosody 0.12 warns when they set what is set here already, and dies of the warning when
   * the path of the file is longer than 60 characters.
   */
  extraConfig?: string
}

const MODULES = (
  'roster saslauth tls disco posix ping register time uptime version ' +
  'smacks carbons mam csi csi_simple blocklist private pep bookmarks ' +
  'vcard4 vcard_legacy websocket lastactivity'
).split(' ')

/** A Prosody 0.12 configuration that listens on 127.0.0.1 alone and keeps everything under `dataDir`. */
export function prosodyConfig(config: ProsodyConfig): string {
  const dir = (name: string) => lua(`${config.dataDir}/${name}`)
  const domain = config.domain
  const modules = MODULES.filter(name => !config.without?.includes(name))
  return `
run_as_root = ${config.runAsRoot}
pidfile = ${dir('prosody.pid')}
data_path = ${dir('data')}
certificates = ${dir('certs')}
log = { { levels = { min = "info" }, to = "console" } }

interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
http_interfaces = { "127.0.0.1" }
c2s_ports = { ${config.port} }
c2s_direct_tls_ports = { ${config.tlsPort} }
http_ports = { ${config.httpPort} }
s2s_ports = {}
https_ports = {}
component_ports = {}
network_backend = "epoll"
-- Two writes in a row would wait 40 ms for a delayed acknowledgement: a TLS login takes 14 ms without, 65 ms with.
network_settings = { nagle = false }

modules_enabled = { ${modules.map(lua).join(', ')} }
-- A toy server on a laptop talks to no other server.
modules_disabled = { "s2s" }

allow_registration = true
-- STARTTLS is offered; a test may still speak in the clear.
c2s_require_encryption = false
authentication = "internal_hashed"
storage = "internal"
archive_expires_after = "1w"
smacks_hibernation_time = ${config.hibernationSeconds}
smacks_max_queue_size = ${config.ackQueue}
consider_websocket_secure = true
http_default_host = ${lua(domain)}
limits = {}
${config.extraConfig ?? ''}

VirtualHost ${lua(domain)}
  ssl = { certificate = ${dir(`certs/${domain}.crt`)}, key = ${dir(`certs/${domain}.key`)} }

Component ${lua(`conference.${domain}`)} "muc"
  modules_enabled = { "muc_mam" }

Component ${lua(`upload.${domain}`)} "http_file_share"
  http_host = ${lua(domain)}
  http_external_url = "http://127.0.0.1:${config.httpPort}/"
`
}

/** A Lua string literal (Lua 5.4 manual, 3.1). */
function lua(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`
}
