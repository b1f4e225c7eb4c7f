import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { assertFree, PortTaken } from '../../local/ports.ts'
import { startProsody, type ProsodyOptions, type ProsodyServer } from '../../local/prosody.ts'
import { changePassword, seedAccounts } from '../../local/prosody/accounts.ts'
import { prosodyConfig } from '../../local/prosody/config.ts'
import { ServerFailed } from '../../local/server-process.ts'
import { openStream, type Opening, type StreamOptions } from '../../worker/xmpp/stream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { XmppUser } from '../support/xmpp-user.ts'

const running: ProsodyServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(server => server.stop()))
})

/** The stock client lets the rejection of a wrong password escape now and then, so the refused login is the bridge's own. */
function tryLogin(
  { host, port, domain, ca }: ProsodyServer,
  username: string,
  password: string,
): Promise<Opening> {
  const options: StreamOptions = {
    target: { host, port, domain, ca, security: 'starttls' },
    credential: { kind: 'password', username, password },
    resource: 'test',
    register: false,
    limits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
    onStanza: () => undefined,
    onClosed: () => undefined,
  }
  return openStream(options, AbortSignal.timeout(15_000))
}

async function start(options: Partial<ProsodyOptions> = {}): Promise<ProsodyServer> {
  const server = await startProsody({ dataDir: await temporaryFolder(), ...options })
  running.push(server)
  return server
}

describe('a running Prosody', () => {
  test('[PD1] takes logins over direct TLS and over WebSocket as soon as it is there', async () => {
    const server = await start()
    await XmppUser.register(server, 'sergio', 'pass')
    await XmppUser.register(server, 'jose', 'secret')
    const sergio = await XmppUser.login(server, 'sergio', 'pass')
    const jose = await XmppUser.login(server, 'jose', 'secret', { transport: 'websocket' })
    await sergio.send(jose.bareJid, 'hello 🎈')
    const message = await jose.waitForMessage('hello 🎈')
    expect(message.attrs['from']).toBe(sergio.jid)
    await jose.logout()
    await sergio.logout()
  })

  test('[PD2] keeps its accounts and its certificate over a restart', async () => {
    const dataDir = await temporaryFolder()
    const first = await start({ dataDir, domain: 'example.test' })
    await XmppUser.register(first, 'sergio', 'pass')
    await first.stop()
    const second = await start({ dataDir, domain: 'example.test' })
    expect(second.ca).toBe(first.ca)
    const sergio = await XmppUser.login(second, 'sergio', 'pass')
    expect(sergio.bareJid).toBe('sergio@example.test')
    await sergio.logout()
  })

  test('[PD3] takes seeded accounts, and new passwords from prosodyctl', async () => {
    const server = await start({ domain: 'example.test' })
    const dataDir = join(server.configFile, '..')
    await seedAccounts(dataDir, server.domain, [
      { username: 'load.1', password: 'p' },
      { username: 'load-2', password: 'p' },
    ])
    await (await XmppUser.login(server, 'load-2', 'p')).logout()
    await changePassword(server, 'load.1', 'nueva contraseña')
    expect(await tryLogin(server, 'load.1', 'p')).toMatchObject({ kind: 'refused', code: 'not-authorized' })
    await (await XmppUser.login(server, 'load.1', 'nueva contraseña')).logout()
  })

  test('[PD4] is gone after stop, and its ports with it', async () => {
    const server = await start()
    await server.stop()
    expect(await server.exited).toBe(0)
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH')
    await assertFree(server.port, 'XMPP_PORT')
    await assertFree(server.httpPort, 'httpPort')
    await server.stop()
  })

  test('[PD5] is killed without a farewell by kill', async () => {
    const server = await start()
    server.kill()
    expect(await server.exited).toBeNull()
  })

  test.runIf(process.platform === 'linux')('[PD6] does not outlive a parent that is killed', async () => {
    const dataDir = await temporaryFolder()
    const prosody = new URL('../../local/prosody.ts', import.meta.url).href
    const script = `const { startProsody } = await import(${JSON.stringify(prosody)})
      console.log((await startProsody({ dataDir: ${JSON.stringify(dataDir)} })).pid)`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(() => process.kill(Number(line), 0)).toThrow('ESRCH'), { timeout: 10_000 })
  })
})

describe('a Prosody that cannot start', () => {
  test('[PD7] names the taken port and the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const failure = startProsody({ dataDir: await temporaryFolder(), port })
    await expect(failure).rejects.toThrow(PortTaken)
    await expect(failure).rejects.toThrow(`port ${port} is in use by another program; set XMPP_PORT`)
    other.close()
  })

  test("[PD8] says so in Prosody's own words, and leaves nothing running", async () => {
    const failure = startProsody({ dataDir: await temporaryFolder(), extraConfig: 'this is no Lua' })
    await expect(failure).rejects.toThrow(ServerFailed)
    await expect(failure).rejects.toThrow(/ended at once \(exit code 1\)[^]*syntax error near 'is'/)
  })
})

describe('its configuration', () => {
  const config = {
    domain: 'localhost',
    port: 1,
    tlsPort: 2,
    httpPort: 3,
    hibernationSeconds: 4,
    ackQueue: 5000,
    runAsRoot: false,
  }

  test('[PD9] listens on loopback alone', () => {
    const text = prosodyConfig({ ...config, dataDir: '/d' })
    const interfaces = text.split('\n').filter(line => /interfaces\s*=/.test(line))
    expect(interfaces).toHaveLength(3)
    for (const line of interfaces) expect(line).toMatch(/= \{ "127\.0\.0\.1" \}$/)
  })

  test('[PD10] quotes what comes from outside', () => {
    const text = prosodyConfig({ ...config, dataDir: '/a "b" \\c\nd' })
    expect(text).toContain('data_path = "/a \\"b\\" \\\\c\\nd/data"')
  })
})
