import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listenOn } from '../../../local/ports.ts'
import { StoreTap } from './tap.ts'

async function tapped() {
  const server = createServer((_, response) => response.end('{"stored":true}'))
  const port = await listenOn(server, 0, 'a free one')
  const tap = await StoreTap.open(`http://127.0.0.1:${port}`)
  onTestFinished(async () => {
    await tap.stop()
    server.close()
  })
  const call = (name: string) =>
    fetch(`http://127.0.0.1:${tap.port}/`, {
      method: 'POST',
      body: '{"TableName":"t"}',
      headers: { 'x-amz-target': `DynamoDB_20120810.${name}`, connection: 'close' },
    })
  return { tap, call }
}

test('[CL6] the tap passes calls on and counts the writes to each table; reads are none', async () => {
  const { tap, call } = await tapped()
  for (const name of ['UpdateItem', 'UpdateItem', 'GetItem', 'PutItem']) {
    expect(await (await call(name)).json()).toEqual({ stored: true })
  }
  expect(tap.writes).toEqual({ t: 3 })
})

test('[CL7] a failing store answers 500 with the name that the SDK knows, and nothing is counted', async () => {
  const { tap, call } = await tapped()
  tap.failing = true
  const response = await call('PutItem')
  expect(response.status).toBe(500)
  expect(await response.json()).toMatchObject({ __type: expect.stringContaining('InternalServerError') })
  expect(tap.writes).toEqual({})
})
