import { expect, test } from 'vitest'
import { INTEGRATION_TIMEOUT_MS } from '../../../local/gateway/limits.ts'
import { connect, testGateway } from './harness.ts'

// re:Post, "you have no control in which order the client messages will be processed"; serverless-patterns issue 139.
test('[GW15] messages of one connection are handled at the same time', async () => {
  const gateway = await testGateway()
  const answers = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()]
  gateway.functions.answers.$default = event => answers[Number(event.body)]?.promise
  const client = await connect(gateway)
  client.socket.send('0')
  client.socket.send('1')
  await gateway.functions.called('$default', 2)

  answers[1]?.reject(new Error('second'))
  const first = JSON.parse(await client.next())
  expect(first.requestId).toBe(gateway.functions.events('$default')[1]?.requestContext.requestId)
  answers[0]?.resolve({ statusCode: 200 })
})

// AWS: "Set up route responses for a WebSocket API": without one, the integration's answer is not passed on.
test.each([200, 500])('[GW16] the body of a %i answer is not sent to the client', async status => {
  const gateway = await testGateway()
  gateway.functions.answers.$default = () => ({ statusCode: status, body: 'for nobody' })
  const client = await connect(gateway)
  client.socket.send('hello')
  await gateway.functions.called('$default')
  await client.settled()
  expect(client.unread).toBe(0)
})

// simple-websockets-chat-app issue 46 and aws-cdk issue 18208: an in-band frame, and the socket stays.
test('[GW17] a failing $default function is an in-band error, without its words', async () => {
  const gateway = await testGateway()
  gateway.functions.answers.$default = () => Promise.reject(new Error('secret detail'))
  const client = await connect(gateway)
  client.socket.send('hello')
  const text = await client.next()
  const [event] = gateway.functions.events('$default')
  expect(JSON.parse(text)).toEqual({
    message: 'Internal server error',
    connectionId: client.id,
    requestId: event?.requestContext.requestId,
  })
  expect(client.socket.readyState).toBe(client.socket.OPEN)
})

// laconia issue 41: a function that did not answer in the form of a proxy integration.
test.each([undefined, { hello: 'world' }])(
  '[GW18] a $default answer of %j is an in-band error',
  async answer => {
    const gateway = await testGateway()
    gateway.functions.answers.$default = () => answer
    const client = await connect(gateway)
    client.socket.send('hello')
    expect(JSON.parse(await client.next())).toMatchObject({ message: 'Internal server error' })
  },
)

// AWS: the quota page's 29 s; the words as in mangum issue 128 and chalice issue 1406.
test('[GW19] a $default function that takes over 29 s is an in-band error of its own', async () => {
  const gateway = await testGateway()
  const answer = Promise.withResolvers<unknown>()
  gateway.functions.answers.$default = () => answer.promise
  const client = await connect(gateway)
  client.socket.send('hello')
  const event = await gateway.functions.called('$default')

  gateway.clock.advance(INTEGRATION_TIMEOUT_MS - 1)
  await client.settled()
  expect(client.unread).toBe(0)

  gateway.clock.advance(1)
  expect(JSON.parse(await client.next())).toEqual({
    message: 'Endpoint request timed out',
    connectionId: client.id,
    requestId: event.requestContext.requestId,
  })
  answer.resolve({ statusCode: 200 })
})

// RFC 6455 5.5.2; a browser cannot send pings, other clients do.
test('[GW20] a ping is answered and runs no function', async () => {
  const gateway = await testGateway()
  const client = await connect(gateway)
  await client.settled()
  expect(gateway.functions.events('$default')).toEqual([])
})
