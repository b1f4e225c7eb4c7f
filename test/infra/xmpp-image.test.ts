import { execFile } from 'node:child_process'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openStream, type Opening } from '../../worker/xmpp/stream.ts'
import { bridgeWith } from './bridge.ts'
import { containerIn, type Container } from './containers.ts'
import { makeFolders, startProsodyTask, type Folders } from './prosody-task.ts'

const DOMAIN = 'example.org'

function containerWith(REGISTRATION: string): Container {
  return containerIn(bridgeWith({ XMPP_SERVER: '1', XMPP_URL: '', REGISTRATION }).template, 'prosody')
}
const container = containerWith('explicit')

function certificateIn(folders: Folders): Promise<string> {
  return readFile(join(folders.certificate, `${DOMAIN}.crt`), 'utf8')
}

/** Signs in as a worker does, and makes the account when there is none. */
function signIn(port: number, ca: string): Promise<Opening> {
  return openStream(
    {
      target: { host: '127.0.0.1', port, domain: DOMAIN, security: 'direct-tls', ca },
      credential: { kind: 'password', username: 'sergio', password: 'pass' },
      resource: 'test',
      register: true,
      limits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144 },
      onStanza: () => undefined,
      onClosed: () => undefined,
    },
    AbortSignal.timeout(15_000),
  )
}

describe('the XMPP server as its image starts it', () => {
  test('[XI1] whoever has the certificate of its folder knows it, and an account outlives a restart', async () => {
    const folders = await makeFolders()
    const first = await startProsodyTask(container, folders)
    const certificate = await certificateIn(folders)
    expect(await signIn(first.tlsPort, certificate)).toMatchObject({ kind: 'online', registered: true })
    await first.stop()

    const second = await startProsodyTask(container, folders)
    expect(await certificateIn(folders)).toBe(certificate)
    expect(await signIn(second.tlsPort, certificate)).toMatchObject({ kind: 'online', registered: false })
  })

  test('[XI2] whoever has the certificate of another does not talk to it', async () => {
    const server = await startProsodyTask(container, await makeFolders())
    const others = await makeFolders()
    await startProsodyTask(container, others)
    expect(await signIn(server.tlsPort, await certificateIn(others))).toMatchObject({
      kind: 'failed',
      code: 'tls',
    })
  })

  test('[XI3] the key stays out of the folder that workers read, and is for its owner alone', async () => {
    const folders = await makeFolders()
    await startProsodyTask(container, folders)
    expect(await readdir(folders.certificate)).toEqual([`${DOMAIN}.crt`])
    expect((await stat(join(folders.data, `${DOMAIN}.key`))).mode & 0o777).toBe(0o600)
  })

  test('[XI4] a start that broke off between key and certificate is made good by the next', async () => {
    const folders = await makeFolders()
    const first = await startProsodyTask(container, folders)
    await first.stop()
    await rm(join(folders.certificate, `${DOMAIN}.crt`))
    const second = await startProsodyTask(container, folders)
    expect(await signIn(second.tlsPort, await certificateIn(folders))).toMatchObject({ kind: 'online' })
  })

  test('[XI5] where registration is closed nobody makes an account', async () => {
    const folders = await makeFolders()
    const server = await startProsodyTask(containerWith('closed'), folders)
    const opening = await signIn(server.tlsPort, await certificateIn(folders))
    expect(opening).toMatchObject({ kind: 'refused' })
  })

  test('[XI6] its health check finds it, and finds when it is gone', async () => {
    const server = await startProsodyTask(container, await makeFolders())
    const [shell = '', ...args] = container.healthCheck.map(part =>
      part.replace('5223', String(server.tlsPort)),
    )
    await promisify(execFile)(shell, args)
    await server.stop()
    await expect(promisify(execFile)(shell, args)).rejects.toMatchObject({ code: 1 })
  })

  test('[XI7] it starts without a complaint', async () => {
    const server = await startProsodyTask(container, await makeFolders())
    expect(server.lines.filter(line => /\t(warn|error)\t/.test(line))).toEqual([])
  })
})
