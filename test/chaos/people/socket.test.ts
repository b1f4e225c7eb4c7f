import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Note } from '../history/entry.ts'
import { recordingSocket, type Joined } from './socket.ts'

/** A socket of a page, the other end of it, and what was written down. */
async function opened() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const notes: Note[] = []
  const end = new AbortController()
  const joined: Joined = { session: undefined }
  const traffic = { up: 0, down: 0 }
  const page = { gone: end.signal, record: (note: Note) => void notes.push(note), traffic }
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const peer = once(server, 'connection')
  const socket = new (recordingSocket(page, joined))(url, [])
  const heard: string[] = []
  socket.addEventListener('message', ({ data }) => heard.push(String(data)))
  socket.addEventListener('close', () => heard.push('closed'))
  const [other] = (await peer) as [WebSocket]
  await vi.waitUntil(() => notes.length > 1)
  return { socket, other, notes, heard, end, joined, traffic }
}

const kinds = (notes: readonly Note[]) => notes.map(({ kind }) => kind)

test('[CS5] epochs, messages and the session are written down before the client hears of them', async () => {
  const { other, notes, heard, joined, traffic } = await opened()
  const sequence = { epoch: 2, resumed: true, stream: 1 }
  other.send(JSON.stringify({ messageType: 'JOIN_SUCCESS', sessionId: 's_1', sequence }))
  const batch = { stream: 1, epoch: 2, prev: 0, ack: 0, frames: [{ seq: 1, content: 'u1>u2#1 ' }] }
  other.send(JSON.stringify(batch))
  other.send(JSON.stringify({ ...batch, frames: [] }))
  await vi.waitUntil(() => heard.length === 3)
  expect(kinds(notes)).toEqual(['opening', 'opened', 'joined', 'batch'])
  expect(notes[2]).toMatchObject({ session: 's_1', epoch: 2, resumed: true })
  expect(notes[3]).toMatchObject({ epoch: 2, keys: ['u1>u2#1'] })
  expect(joined.session).toBe('s_1')
  expect(traffic).toEqual({ up: 0, down: 3 })
})

test('[CS6] a socket that the client closes is its own doing, one that the network takes is not', async () => {
  const ours = await opened()
  ours.socket.close(1000)
  await vi.waitUntil(() => ours.heard.includes('closed'))
  expect(ours.notes.at(-1)).toMatchObject({ kind: 'closed', byUs: true })
  const theirs = await opened()
  theirs.other.terminate()
  await vi.waitUntil(() => theirs.heard.includes('closed'))
  expect(theirs.notes.at(-1)).toMatchObject({ kind: 'closed', code: 1006, byUs: false })
})

test('[CS8] a socket that fails is not closed by a client that gives it up', async () => {
  const { socket, other, notes, heard } = await opened()
  socket.addEventListener('error', () => socket.close())
  // RFC 6455 5.2: reserved bits must be 0.
  Reflect.get(other, '_socket').write(Buffer.of(0xff, 0))
  await vi.waitUntil(() => heard.includes('closed'))
  expect(notes.at(-1)).toMatchObject({ kind: 'closed', byUs: false })
})

test('[CS7] a page that is gone hears nothing, says nothing, and nothing is written down of it', async () => {
  const { socket, other, notes, heard, end, traffic } = await opened()
  const closed = once(other, 'close')
  end.abort()
  socket.send('too late')
  await closed
  expect(kinds(notes)).toEqual(['opening', 'opened'])
  expect(heard).toEqual([])
  expect(traffic.up).toBe(0)
})
