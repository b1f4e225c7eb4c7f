import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startGateway } from '../../../local/gateway/server.ts'
import { PortTaken } from '../../../local/ports.ts'
import { type TestGateway, TestClient, connect, refusal, testGateway } from './harness.ts'

const local = (gateway: TestGateway, path: string, options: RequestInit = {}) =>
  fetch(`${gateway.managementEndpoint}/_local/${path}`, options)

/** A GET whose Host header is free to choose, which fetch does not allow. */
function statusFor(gateway: TestGateway, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: gateway.port, path: '/_local/connections', headers: { host } }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject).end()
  })
}

test('[GL5] faults are shown as they were set', async () => {
  const gateway = await testGateway()
  expect(await (await local(gateway, 'faults')).json()).toEqual({})
  const settings = { seed: 4, drop: { rate: 0.5 } }
  const put = await local(gateway, 'faults', { method: 'PUT', body: JSON.stringify(settings) })
  expect([put.status, await put.json()]).toEqual([200, settings])
  expect(await (await local(gateway, 'faults')).json()).toEqual(settings)
})

test.each([
  'not json',
  '[]',
  '{"drop":{"rate":2}}',
  '{"drop":{}}',
  '{"postStatus":{"rate":1,"status":200}}',
  '{"drip":{}}',
])('[GL5] the faults %s are refused with 400 and change nothing', async body => {
  const gateway = await testGateway()
  const response = await local(gateway, 'faults', { method: 'PUT', body })
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ message: expect.stringMatching(/.+/) })
  expect(await (await local(gateway, 'faults')).json()).toEqual({})
})

test('[GL6] connections are listed while they are established', async () => {
  const gateway = await testGateway()
  expect(await (await local(gateway, 'connections')).json()).toEqual([])
  const client = await connect(gateway)
  expect(await (await local(gateway, 'connections')).json()).toEqual([
    { connectionId: client.id, connectedAt: '2026-01-02T03:04:05.000Z', sourceIp: '127.0.0.1' },
  ])
  client.socket.terminate()
  await gateway.functions.called('$disconnect')
  expect(await (await local(gateway, 'connections')).json()).toEqual([])
})

test('[GL7] a web page cannot use /_local', async () => {
  const gateway = await testGateway()
  const origin = { origin: `http://127.0.0.1:${gateway.port}` }
  expect((await local(gateway, 'faults', { method: 'PUT', body: '{}', headers: origin })).status).toBe(403)
  expect(await statusFor(gateway, 'evil.example')).toBe(403)
  expect(await statusFor(gateway, '127.0.0.1.evil.example:80')).toBe(403)
  expect(await statusFor(gateway, `localhost:${gateway.port}`)).toBe(200)
  expect(await statusFor(gateway, `[::1]:${gateway.port}`)).toBe(200)
})

test('[GL8] what is nowhere is 404', async () => {
  const gateway = await testGateway()
  for (const path of ['', '_local/', '_local/nothing', '@connections/', 'x']) {
    expect((await fetch(`${gateway.managementEndpoint}/${path}`)).status).toBe(404)
  }
})

test('[GL9] GET serves a page as it is on disk now, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-page-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const page = join(folder, 'page.html')
  await writeFile(page, '<p>one')
  const gateway = await testGateway({ pages: { '/': { file: page, type: 'text/html' } } })
  const response = await fetch(`${gateway.managementEndpoint}/`)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toBe('<p>one')
  await writeFile(page, '<p>two')
  expect(await (await fetch(`${gateway.managementEndpoint}/?x`)).text()).toBe('<p>two')
  expect((await fetch(`${gateway.managementEndpoint}/page.html`)).status).toBe(404)
})

test('[GL10] a taken port is named in the error', async () => {
  const { port } = await testGateway()
  const second = startGateway({ port, invoke: async () => undefined })
  await expect(second).rejects.toThrow(PortTaken)
  await expect(second).rejects.toThrow(`port ${port} is in use by another program; set PORT`)
})

test('[GL11] stop closes sockets with 1001 and waits for $disconnect', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$disconnect = () => answer.promise
  const stopped = gateway.stop().then(() => 'stopped')
  expect(await client.closed).toMatchObject({ code: 1001 })
  expect(await Promise.race([stopped, Promise.resolve('waiting')])).toBe('waiting')
  answer.resolve({ statusCode: 200 })
  await stopped
})

test('[GL11] stop waits two seconds at most', async () => {
  const gateway = await testGateway()
  await connect(gateway)
  gateway.functions.answers.$disconnect = () => new Promise(() => {})
  const stopped = gateway.stop()
  gateway.clock.advance(2_000)
  await stopped
})

test('[GL11] a handshake that waits for $connect while the gateway stops is refused', async () => {
  const gateway = await testGateway()
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$connect = () => answer.promise
  const refused = refusal(new TestClient(gateway.url))
  await gateway.functions.called('$connect')
  const stopped = gateway.stop()
  answer.resolve({ statusCode: 200 })
  expect(await refused).toMatchObject({ status: 503 })
  await stopped
})

test('[GL12] the log tells what happens and no message', async () => {
  const entries: Record<string, unknown>[] = []
  const gateway = await testGateway({ log: entry => entries.push(entry) })
  gateway.functions.answers.$default = () => Promise.reject(new Error('no table'))
  const client = await connect(gateway)
  client.socket.send('top secret')
  await client.next()
  client.socket.close(1000)
  await gateway.functions.called('$disconnect')
  expect(entries.map(({ event }) => event)).toEqual(['connect', 'integration-failed', 'disconnect'])
  expect(JSON.stringify(entries)).not.toContain('secret')
})
