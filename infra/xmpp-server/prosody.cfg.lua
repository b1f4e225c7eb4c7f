-- Prosody for the workers of one bridge: nobody else reaches it, and it talks to no other server.
-- Its environment says the rest (ENV_…), so that one image serves any domain.

data_path = ENV_DATA_DIR
log = { { levels = { min = "info" }, to = "console" } }

interfaces = { ENV_INTERFACE or "*" }
-- TLS from the first byte and nothing else: there is no port at which anything could be said in the clear.
c2s_direct_tls_ports = { tonumber(ENV_TLS_PORT) or 5223 }
c2s_direct_tls_ssl = {
  certificate = ENV_CERTIFICATE_DIR .. "/" .. ENV_XMPP_DOMAIN .. ".crt",
  key = ENV_DATA_DIR .. "/" .. ENV_XMPP_DOMAIN .. ".key",
}
c2s_ports = {}
s2s_ports = {}
http_ports = {}
https_ports = {}
component_ports = {}
modules_disabled = { "s2s" }
certificates = ENV_CERTIFICATE_DIR
-- Two writes in a row would wait 40 ms for a delayed acknowledgement.
network_settings = { nagle = false }

modules_enabled = {
  "roster", "saslauth", "disco", "ping", "register", "time", "uptime", "version", "lastactivity",
  "smacks", "carbons", "mam", "csi", "csi_simple", "blocklist", "private", "pep", "bookmarks",
  "vcard4", "vcard_legacy",
}

-- The functions count what a network may make, and refuse the rest before it comes here.
allow_registration = ENV_REGISTRATION ~= "closed"
authentication = "internal_hashed"
-- Plain files: SQLite needs locks, which are slow on a network file system.
storage = "internal"
archive_expires_after = "1m"
-- Longer than it takes to replace a worker, and room for what comes meanwhile: what overflows is lost.
smacks_hibernation_time = 600
smacks_max_queue_size = 5000

VirtualHost(ENV_XMPP_DOMAIN)

Component("conference." .. ENV_XMPP_DOMAIN, "muc")
  modules_enabled = { "muc_mam" }
