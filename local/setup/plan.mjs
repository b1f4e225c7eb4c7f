/** What set-up decides, apart from doing it: plain values in, plain values out. Runs on Node 20. */

/** The oldest Node that can run the set-up itself. */
export const LEAST_MAJOR = 20
/** What everything else runs on, like the functions on AWS. */
export const WANTED_MAJOR = 24
/** The first Prosody with direct TLS for clients and file sharing as they are configured here. */
const PROSODY_LEAST = [0, 12]

const SERVERS = {
  prosody: {
    title: 'Prosody',
    apt: ['prosody', 'prosody-modules', 'lua-event', 'lua-unbound', 'lua-readline'],
    commands: {
      brew: 'brew install prosody/prosody/prosody',
      dnf: 'sudo dnf install prosody',
      pacman: 'sudo pacman -S prosody',
      apk: 'sudo apk add prosody',
    },
    elsewhere: 'install it from https://prosody.im/download',
    instead: ', or set XMPP_URL and XMPP_DOMAIN to use an XMPP server that runs already',
  },
  ejabberd: {
    title: 'ejabberd',
    apt: ['ejabberd'],
    commands: {},
    elsewhere: 'use Debian or Ubuntu, whose package is the one that the tests start',
    instead: '',
  },
  chromium: {
    title: 'Chromium',
    apt: ['chromium'],
    commands: {
      dnf: 'sudo dnf install chromium',
      pacman: 'sudo pacman -S chromium',
      apk: 'sudo apk add chromium',
    },
    elsewhere: 'install Chromium or Chrome, or say where one is with CHROMIUM=/path/to/it',
    instead: '',
  },
  java: {
    title: 'Java',
    apt: ['openjdk-17-jre-headless'],
    commands: {
      brew: 'brew install openjdk@17',
      dnf: 'sudo dnf install java-17-openjdk-headless',
      pacman: 'sudo pacman -S jre17-openjdk-headless',
      apk: 'sudo apk add openjdk17-jre-headless',
    },
    elsewhere: 'install Java 17 or newer',
    instead: '',
  },
}

/** @returns the title and the apt packages of a program */
export function packagesOf(server) {
  const { title, apt } = SERVERS[server]
  return { title, apt }
}

export function majorOf(version) {
  return Number(/\d+/.exec(version)?.[0] ?? 0)
}

/**
 * Why the installed packages are not those of the lock file, or undefined when they are. npm writes
 * `node_modules/.package-lock.json` at the end of an installation, so one that was broken off has none. Optional packages
 * may be missing: most are for other machines.
 */
export function staleReason(lockText, installedText) {
  if (installedText === undefined) return 'there is no complete installation yet'
  const wanted = packagesIn(lockText)
  const installed = packagesIn(installedText)
  const isStale = path => {
    if (!path.includes('node_modules/') || wanted[path].link) return false
    if (installed[path] === undefined) return !wanted[path].optional
    return (
      installed[path].version !== wanted[path].version || installed[path].integrity !== wanted[path].integrity
    )
  }
  const path = Object.keys(wanted).find(isStale)
  return path === undefined ? undefined : `${path.replace(/^.*node_modules\//, '')} has changed`
}

function packagesIn(text) {
  try {
    return JSON.parse(text).packages ?? {}
  } catch {
    return {}
  }
}

/**
 * Which Node the rest will run on. npm puts `node_modules/.bin` first on PATH, so a `node` there is the one.
 * `binary` is its version, 'absent', 'unlinked' when its package is there but the link is not, or 'broken' when it does
 * not run here (as on a musl system). `installed` tells that an installation has just been tried.
 */
export function nodeDecision({ version, platform, arch, binary, installed }) {
  if (binary === 'unlinked') return { kind: 'link' }
  if (binary === 'broken') return { kind: 'unlink' }
  const used = binary === 'absent' ? version : binary
  if (majorOf(used) >= WANTED_MAJOR) return { kind: 'go' }
  if (binary === 'absent' && nodePackage(platform, arch) !== undefined && !installed)
    return { kind: 'install' }
  return {
    kind: 'refuse',
    sentence: `Node ${WANTED_MAJOR} or newer is needed, and this is ${used}: please install it (https://nodejs.org/).`,
  }
}

/** The optional dependency that brings Node along, where there is one. */
export function nodePackage(platform, arch) {
  return platform === 'linux' && (arch === 'x64' || arch === 'arm64') ? `node-linux-${arch}` : undefined
}

/**
 * How a missing program gets here. `optional` is for one that only some tests need.
 * @returns apt (with `sudo`), brew, refuse or skip; the last two with a sentence for people
 */
export function serverDecision({ server, manager, isRoot, canSudo, optional }) {
  if (manager === 'apt' && (isRoot || canSudo)) return { kind: 'apt', sudo: !isRoot }
  const { brew } = SERVERS[server].commands
  if (manager === 'brew' && brew !== undefined) return { kind: 'brew', command: brew.split(' ') }
  return missing({ server, manager, optional })
}

/** The refusal, or for an optional one the note, when a program is missing and cannot be installed. */
export function missing({ server, manager, optional, because }) {
  const { title, apt, commands, elsewhere, instead } = SERVERS[server]
  const typed = manager === 'apt' ? aptCommand(apt) : commands[manager]
  const advice = typed === undefined ? elsewhere : `type\n  ${typed}\nand start again`
  const why =
    because === undefined ? `${title} is not installed` : `${title} could not be installed (${because})`
  if (optional)
    return { kind: 'skip', sentence: `${why}: what needs it will be skipped. To have it, ${advice}.` }
  return { kind: 'refuse', sentence: `${why}: ${advice}${instead}.` }
}

function aptCommand(packages) {
  return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`
}

/** A refusal when this version of Prosody (as in `0.12.3`) is too old; an unknown one is given the benefit of the doubt. */
export function prosodyRefusal(version) {
  const [major, minor] = (/^(\d+)\.(\d+)/.exec(version ?? '') ?? []).slice(1).map(Number)
  if (major === undefined || major > PROSODY_LEAST[0] || minor >= PROSODY_LEAST[1]) return undefined
  const least = PROSODY_LEAST.join('.')
  return `Prosody ${least} or newer is needed, and this is ${version.trim()}: see https://prosody.im/download${SERVERS.prosody.instead}.`
}

/** What a parent npm says about its own run, and would be taken by the child for its own settings. */
const PARENT_ONLY =
  /^(npm_(lifecycle|package)_|npm_command$|npm_config_(local_prefix|global|workspaces?|omit|include|only|production|optional|dry_run|json)$|INIT_CWD$)/i

/** The environment for `npm ci`: registry, proxy and cache settings stay; a `node` inside node_modules is about to go. */
export function npmEnvironment(env) {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !PARENT_ONLY.test(name)))
  if (env.PATH === undefined) return kept
  const folders = env.PATH.split(':').filter(folder => !/node_modules\/\.bin\/?$/.test(folder))
  return { ...kept, PATH: folders.join(':') }
}

/** The command that runs npm: the very npm that started this, by the Node it ran on, else the one on PATH. */
export function npmCommand(env) {
  const isNpm = /npm-cli\.c?js$/.test(env.npm_execpath ?? '')
  if (isNpm && env.npm_node_execpath) return [env.npm_node_execpath, env.npm_execpath]
  return ['npm']
}
