import { expect, onTestFinished, test } from 'vitest'
import { WebUser, type Frame } from '../support/web-user.ts'
import { ASSEMBLY_FOLDER } from '../target/environment.ts'
import { readAssembly } from '../target/template/assembly.ts'
import { startWired } from '../target/template/bridge.ts'
import { readWiring, type Wiring } from '../target/template/wiring.ts'

/** That the other tests on the template say something: with one wire changed nobody talks any more. */

const assembly = await readAssembly(process.env[ASSEMBLY_FOLDER] ?? '')
const wiring = readWiring(assembly.template)

/** Starts the bridge so wired; resolves with a way to sign in at it. */
async function start(changed: Wiring): Promise<(name?: string) => Promise<{ user: WebUser; joined: Frame }>> {
  const bridge = await startWired(changed, assembly)
  onTestFinished(() => bridge.stop())
  return async (name = 'sergio') => {
    const user = await WebUser.connect(bridge.url)
    onTestFinished(() => user.terminate())
    return { user, joined: await user.join(name, `${name}-pass`) }
  }
}

/** Somebody signs in, goes, and is back: whether the session was found again. */
async function findsSession(changed: Wiring): Promise<boolean> {
  const signIn = await start(changed)
  const before = await signIn()
  await before.user.close()
  // $disconnect is told at its own time; a login takes longer.
  await signIn('jose')
  const { joined } = await signIn()
  return joined['sessionId'] === before.joined['sessionId']
}

const { $connect, $default } = wiring.functions
const withoutDisconnect: Wiring = { ...wiring, functions: { $connect, $default, $disconnect: $connect } }

function withoutVariable(name: string): Wiring {
  const { [name]: _, ...environment } = $default.environment
  return {
    ...wiring,
    functions: { ...wiring.functions, $default: { ...$default, environment } },
  }
}

/** With another environment of the worker. */
function workerWith(environment: Wiring['worker']['environment']): Wiring {
  return { ...wiring, worker: { ...wiring.worker, environment } }
}

test('[WX1] as the template says it, who comes back finds the session', async () => {
  expect(await findsSession(wiring)).toBe(true)
})

test('[WX2] with the function of $connect behind $disconnect, the session is not known to be without a socket', async () => {
  expect(await findsSession(withoutDisconnect)).toBe(false)
})

test.each(['REGISTRATION', 'ACCOUNTS_TABLE'])(
  '[WX3] without %s in the environment of $default nobody gets in',
  async name => {
    const signIn = await start(withoutVariable(name))
    await expect(signIn()).rejects.toMatchObject({ name: 'JoinRefused' })
  },
)

test('[WX4] without KMS_KEY_ID the worker does not start', async () => {
  const { KMS_KEY_ID: _, ...environment } = wiring.worker.environment
  await expect(start(workerWith(environment))).rejects.toThrow('KMS_KEY_ID')
})

test('[WX5] an address of no other part is refused', async () => {
  const { environment } = wiring.worker
  const elsewhere = { ...environment, MANAGEMENT_ENDPOINT: `${wiring.managementEndpoint}-of-another` }
  await expect(start(workerWith(elsewhere))).rejects.toThrow('MANAGEMENT_ENDPOINT')
})
