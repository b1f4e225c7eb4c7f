import { expect, test } from 'vitest'
import {
  connectEvent,
  disconnectEvent,
  headerValues,
  messageEvent,
  readEvent,
} from '../../functions/events.ts'
import { connectEventOf, disconnectEventOf, messageEventOf } from './harness.ts'

test('[EV1] the three events of the gateway are read', () => {
  expect(readEvent(connectEvent, connectEventOf({ Host: 'x' })).requestContext).toEqual({
    connectionId: 'c1=',
    requestId: 'trace-1=',
    identity: { sourceIp: '203.0.113.7' },
  })
  expect(readEvent(messageEvent, messageEventOf('text')).body).toBe('text')
  expect(readEvent(disconnectEvent, disconnectEventOf()).requestContext.disconnectStatusCode).toBe(1001)
})

test('[EV2] a message without a body and a handshake without headers are read as well', () => {
  const { body: _, ...empty } = messageEventOf('text')
  expect(readEvent(messageEvent, empty).body).toBeUndefined()
  const { headers: __, multiValueHeaders: ___, ...bare } = connectEventOf({})
  expect(headerValues(readEvent(connectEvent, bare), 'origin')).toEqual([])
})

test.each([
  ['nothing', undefined, ''],
  ['no context', {}, 'requestContext'],
  [
    'no connection',
    { requestContext: { requestId: 'r', identity: { sourceIp: '' } } },
    'requestContext.connectionId',
  ],
  [
    'a connection that breaks out of a path',
    { requestContext: { connectionId: '../x', requestId: 'r', identity: { sourceIp: '' } } },
    'requestContext.connectionId',
  ],
  [
    'a request id that breaks out of a header',
    { requestContext: { connectionId: 'c', requestId: 'a\r\nb', identity: { sourceIp: '' } } },
    'requestContext.requestId',
  ],
])('[EV3] what is no event is a BadEvent that names the field: %s', (_, event, field) => {
  expect(() => readEvent(messageEvent, event)).toThrow(
    expect.objectContaining({ name: 'BadEvent', message: `The event has no valid "${field}".` }),
  )
})

test('[EV4] a header is found in any case and with all its values, also when only single values come', () => {
  const { requestContext } = readEvent(connectEvent, connectEventOf({}))
  const multiValueHeaders = { Origin: ['a', 'b'], ORIGIN: ['c'], Other: ['d'] }
  const headers = { origin: 'x' }
  expect(headerValues({ headers, multiValueHeaders, requestContext }, 'origin')).toEqual(['a', 'b', 'c'])
  for (const none of [undefined, null, {}])
    expect(headerValues({ headers, multiValueHeaders: none, requestContext }, 'origin')).toEqual(['x'])
})
