import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleClient } from '../client/build.ts'
import { systemClock, within } from '../shared/clock.ts'
import { readSettings } from '../shared/config.ts'
import { settings as allSettings } from '../shared/settings.ts'
import { runningBlock } from './banner.ts'
import type { Pages } from './gateway/server.ts'
import { Logs } from './logs.ts'
import { startProsody, type ProsodyServer } from './prosody.ts'
import { reloader, reloadOnSave } from './reload.ts'
import { replacer } from './replacements.ts'
import { startStack, used, type UsedXmpp } from './stack.ts'
import { removeState, writeState } from './state.ts'
import { Stoppers } from './stoppers.ts'

/** `npm start`: the whole bridge on this machine, until Ctrl-C. `--watch` (`npm run dev`) loads changed code on save. */

type LocalSettings = ReturnType<typeof readSettings<'local'>>

/** A laptop's bridge is open to whoever sits at it; a deployment must choose for itself. */
const LOCAL_DEFAULTS = { REGISTRATION: 'on-first-join', ALLOWED_ORIGINS: 'loopback' }

/** Stopping takes well under a second; what does not stop in this time is stuck, and goes with the process. */
const STOP_WITHIN_MS = 4500

const env = { ...LOCAL_DEFAULTS, ...process.env }
const running = new Stoppers()
let stopping = false

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
process.on('uncaughtException', error => void fail(error))
await run().catch(fail)

async function run(): Promise<void> {
  const settings = readSettings('local', env)
  const dataDir = resolve(settings.DATA_DIR)
  const logs = await Logs.open(dataDir, settings.TRACE === '1')
  say(`Keeping data and logs in ${dataDir}`)
  let prosody: ProsodyServer | undefined
  let replaceLost: ReturnType<typeof replacer> | undefined
  const stack = await startStack({
    dataDir,
    port: settings.PORT,
    workers: settings.WORKERS,
    xmpp: async () => {
      // The folder is ours now: what a bridge left here that crashed would pass for this one.
      await removeState(dataDir)
      if (settings.XMPP_URL !== '') return given(settings)
      prosody = await startXmpp(settings, dataDir, logs)
      return used(prosody)
    },
    functions: 'sources',
    settings: passedOn(),
    pages: await makePages(dataDir),
    log: logs.write,
    onWorkerLost: (worker, code) => {
      if (replaceLost === undefined) died(`The worker ${worker.id}`, code)
      else if (!stopping) void replaceLost(worker, code).catch(fail)
    },
  })
  running.add(() => stack.stop())
  const publish = () =>
    writeState(dataDir, { stack, prosody, xmppUrl: settings.XMPP_URL, domain: settings.XMPP_DOMAIN })
  if (process.argv.includes('--watch')) running.add(reloadOnSave(reloader(stack, say, publish)))
  await publish()
  running.add(() => removeState(dataDir))
  const start = () => stack.addWorker().then(publish)
  replaceLost = replacer({ start, say, clock: systemClock })
  say(runningBlock(stack, prosody))
}

/** The chat with the client library at `/`, and the one that shows the bare protocol. */
async function makePages(dataDir: string): Promise<Pages> {
  const client = join(dataDir, 'client.js')
  await bundleClient(client)
  const example = (name: string) => ({
    file: fileURLToPath(new URL(`../examples/${name}`, import.meta.url)),
    type: 'text/html',
  })
  return {
    '/': example('page.html'),
    '/browser.html': example('browser.html'),
    '/client.js': { file: client, type: 'text/javascript' },
  }
}

async function startXmpp(settings: LocalSettings, dataDir: string, logs: Logs): Promise<ProsodyServer> {
  say('Starting the XMPP server (Prosody) …')
  const prosody = await startProsody({
    dataDir: resolve(dataDir, 'prosody'),
    port: settings.XMPP_PORT,
    domain: settings.XMPP_DOMAIN,
    log: line => logs.write('prosody', line),
  })
  running.add(() => prosody.stop())
  void prosody.exited.then(code => died('The XMPP server', code))
  say('Starting the bridge …')
  return prosody
}

/** A server that runs anyway. */
async function given(settings: LocalSettings): Promise<UsedXmpp> {
  const ca = settings.XMPP_CA_FILE === '' ? undefined : await readFile(settings.XMPP_CA_FILE, 'utf8')
  return { url: settings.XMPP_URL, domain: settings.XMPP_DOMAIN, ca }
}

/** The settings that were given, for the parts that read them. */
function passedOn(): Record<string, string> {
  const names = Object.keys(allSettings)
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => isGiven(entry, names)),
  )
}

function isGiven([name, value]: [string, string | undefined], names: readonly string[]): boolean {
  return names.includes(name) && value !== undefined && value !== ''
}

function died(what: string, code: number | null): void {
  if (!stopping)
    void fail(new Error(`${what} ended unexpectedly (${code === null ? 'killed' : `exit code ${code}`}).`))
}

async function fail(error: unknown): Promise<void> {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  await stop(1)
}

async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  say('Stopping …')
  try {
    await within(systemClock, STOP_WITHIN_MS, running.stop())
    process.exit(code)
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}

function say(text: string): void {
  console.log(text)
}
