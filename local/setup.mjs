/**
 * Makes a fresh clone ready, and a ready one in no time: dependencies, Node 24, Prosody. Plain JavaScript that needs no
 * package, since it runs on Node 20 before anything is installed. `--with=ejabberd` is for the tests' second server,
 * `--with=chromium` for those in a browser, `--with=localstack` and `--with=ministack` for those on emulators of AWS.
 * `--packages-only` is for what starts no server: a deployment.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installWithApt } from './setup/apt.mjs'
import { javaMajor, LEAST_JAVA } from './setup/emulator-plan.mjs'
import { ensureEmulator } from './setup/emulators.mjs'
import { findChromium, findOnPath } from './setup/find.mjs'
import * as plan from './setup/plan.mjs'
import { Refusal, run, say, withProgress } from './setup/run.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const LOCAL_NODE = join(ROOT, 'node_modules', '.bin', 'node')

let interrupted = false
const onSignal = () => {
  interrupted = true
}
// Ctrl-C reaches the program that runs as well. This process lets it end, puts back what it changed, and then stops.
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

try {
  await setUp(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Refusal ? error.message : `setup failed: ${error.message}`)
  process.exitCode = error.exitCode ?? 1
}

async function setUp(args) {
  if (plan.majorOf(process.version) < plan.LEAST_MAJOR) {
    throw new Refusal(`Node ${plan.LEAST_MAJOR} or newer is needed, and this is ${process.version}.`)
  }
  await ensurePackages()
  if (args.includes('--packages-only')) return stopIfInterrupted()
  if (!process.env.XMPP_URL) await ensureServer('prosody', isProsodyHere, false)
  const optional = process.env.CI !== 'true'
  if (args.includes('--with=ejabberd')) await ensureServer('ejabberd', isEjabberdHere, optional)
  if (args.includes('--with=chromium'))
    await ensureServer('chromium', () => findChromium() !== undefined, optional)
  if (args.includes('--with=localstack')) {
    await ensureServer('java', isJavaHere, optional)
    if (isJavaHere()) await ensureEmulator('localstack', ROOT, !optional)
  }
  if (args.includes('--with=ministack')) await ensureEmulator('ministack', ROOT, !optional)
  stopIfInterrupted()
}

async function ensurePackages() {
  const stale = plan.staleReason(read('package-lock.json') ?? '', read('node_modules/.package-lock.json'))
  if (stale !== undefined) await installPackages(stale)
  await ensureNode(localNodeVersion(), stale !== undefined)
}

async function ensureNode(binary, installed) {
  const { version, platform, arch } = process
  const decision = plan.nodeDecision({ version, platform, arch, binary, installed })
  switch (decision.kind) {
    case 'go':
      return
    case 'install':
      await installPackages(`Node ${plan.WANTED_MAJOR} is missing`)
      return ensureNode(localNodeVersion(), true)
    case 'link':
      // npm 10 removes the links of an optional package for another machine, and both Node packages share this one.
      mkdirSync(dirname(LOCAL_NODE), { recursive: true })
      symlinkSync(relative(dirname(LOCAL_NODE), packagedNode()), LOCAL_NODE)
      return ensureNode(localNodeVersion(), installed)
    case 'unlink':
      // Left there, it would be the first `node` on npm's PATH.
      rmSync(LOCAL_NODE)
      return ensureNode('absent', true)
    default:
      throw new Refusal(decision.sentence)
  }
}

function localNodeVersion() {
  if (!existsSync(LOCAL_NODE)) return existsSync(packagedNode()) ? 'unlinked' : 'absent'
  const asked = spawnSync(LOCAL_NODE, ['--version'], { encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim() : 'broken'
}

function packagedNode() {
  const name = plan.nodePackage(process.platform, process.arch) ?? 'node'
  return join(ROOT, 'node_modules', name, 'bin', 'node')
}

async function installPackages(why) {
  const flags = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const command = [...plan.npmCommand(process.env), 'ci', ...flags]
  process.chdir(ROOT)
  const text = `installing packages with npm ci (${why})`
  const result = await withProgress(text, run(command, plan.npmEnvironment(process.env)))
  stopIfInterrupted()
  if (!result.ok) throw new Refusal(`npm ci failed:\n${result.output}`)
}

async function ensureServer(server, isHere, optional) {
  if (isHere()) return
  const manager = ['apt-get', 'brew', 'dnf', 'pacman', 'apk'].find(isOnPath)?.replace('-get', '')
  const isRoot = process.getuid?.() === 0
  const canSudo = !isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  const decision = plan.serverDecision({ server, manager, isRoot, canSudo, optional })
  if (decision.kind === 'skip') return say(decision.sentence)
  if (decision.kind === 'refuse') throw new Refusal(decision.sentence)

  const result = await install(server, decision)
  stopIfInterrupted()
  if (result.ok && isHere()) return
  const because = result.ok ? 'it is not on PATH afterwards' : 'see below'
  const outcome = plan.missing({ server, manager, optional, because })
  const sentence = result.ok ? outcome.sentence : `${outcome.sentence}\n${result.output}`
  if (outcome.kind === 'refuse') throw new Refusal(sentence)
  say(sentence)
}

function install(server, decision) {
  const wanted = plan.packagesOf(server)
  if (decision.kind === 'apt') return installWithApt(wanted, server, decision.sudo)
  return withProgress(`installing ${wanted.title} (${decision.command.join(' ')})`, run(decision.command))
}

function isProsodyHere() {
  if (!isOnPath('prosody') || !isOnPath('prosodyctl')) return false
  const refusal = plan.prosodyRefusal(readIfThere('/usr/lib/prosody/prosody.version'))
  if (refusal !== undefined) throw new Refusal(refusal)
  return true
}

/** The tests start the Erlang application of the distribution's package themselves (test/support/ejabberd.ts). */
function isEjabberdHere() {
  const folders = ['/usr/lib', ...namesIn('/usr/lib').map(name => join('/usr/lib', name))]
  return isOnPath('erl') && folders.some(folder => namesIn(folder).some(name => /^ejabberd-\d/.test(name)))
}

function isJavaHere() {
  // It prints its version as an error.
  return javaMajor(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr ?? '') >= LEAST_JAVA
}

function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isOnPath(program) {
  return findOnPath(program) !== undefined
}

function read(path) {
  return readIfThere(join(ROOT, path))
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function stopIfInterrupted() {
  if (interrupted) throw new Refusal('setup was interrupted.', 130)
}
