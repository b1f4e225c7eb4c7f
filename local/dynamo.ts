import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { systemClock, within, type Clock } from '../shared/clock.ts'
import { createMissingTables, type NamedTable } from './dynamo/tables.ts'
import { assertFree, listenOn } from './ports.ts'

export interface DynamoOptions {
  /** The folder that keeps the tables for the next start; in memory when absent. */
  dataDir?: string
  /** 0 or undefined: a free one. */
  port?: number
  tables: readonly NamedTable[]
  /** Stands before the store: hands a request on, or answers it. */
  before?: RequestGate
}

/** Calls `next` at once or never: the store reads the body as it comes in. */
export type RequestGate = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

export interface LocalDynamo {
  endpoint: string
  port: number
  /** Answers what is under way, then closes the store. */
  stop(): Promise<void>
}

/** The folder of the local store cannot be opened. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable'
}

/** What a caller changes to give it another port. */
const PORT = 'the port of the local DynamoDB'
/** The store answers in a few milliseconds; what takes longer at the end is a client that never finished its request. */
const ANSWER_WITHIN_MS = 1_000
/** Any keys will do: dynalite checks that a request is signed, not by whom. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/**
 * Starts dynalite in this process on 127.0.0.1 and creates the tables that are missing.
 * @throws PortTaken, or StoreUnusable when the folder is damaged, not writable, or in use by another process.
 */
export async function startDynamo(options: DynamoOptions, clock: Clock = systemClock): Promise<LocalDynamo> {
  if (options.port) await assertFree(options.port, PORT)
  const path = options.dataDir
  if (path !== undefined) await assertUsable(path)

  const delays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }
  const server = dynalite(path === undefined ? delays : { ...delays, path })
  const unanswered = trackRequests(server, options.before ?? passOn)
  const port = await listenOn(server, options.port ?? 0, PORT)
  const endpoint = `http://127.0.0.1:${port}`
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= stopServer(server, unanswered, clock))
  try {
    await withClient(endpoint, client => createMissingTables(client, options.tables))
  } catch (cause) {
    await stop()
    throw new StoreUnusable(`the tables cannot be made in ${path ?? 'memory'}: ${reasonOf(cause)}`, { cause })
  }
  return { endpoint, port, stop }
}

/** dynalite opens its store late and throws from a callback when that fails, where nobody could catch it. */
async function assertUsable(path: string): Promise<void> {
  const { Level } = loadLevel()
  try {
    await mkdir(path, { recursive: true })
    const store = new Level(path)
    await store.open()
    await store.close()
  } catch (cause) {
    throw new StoreUnusable(`the store ${path} cannot be opened: ${reasonOf(cause)}`, { cause })
  }
}

interface LevelModule {
  Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> }
}

/** The `level` that dynalite itself uses. */
function loadLevel(): LevelModule {
  const dynaliteFile = createRequire(import.meta.url).resolve('dynalite')
  return createRequire(dynaliteFile)('level') as LevelModule
}

function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(inner instanceof Error)) return String(inner)
  const locked = 'code' in inner && inner.code === 'LEVEL_LOCKED'
  return locked ? 'another running stack uses it (give this one another DATA_DIR)' : inner.message
}

const passOn: RequestGate = (_request, _response, next) => next()

/** Wraps dynalite's handler: a client that dies amid a request would otherwise throw in this process. */
function trackRequests(server: Server, before: RequestGate): ReadonlySet<ServerResponse> {
  const [handle] = server.listeners('request') as RequestListener[]
  const unanswered = new Set<ServerResponse>()
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
    before(request, response, () => handle?.(request, response))
    request.removeAllListeners('error')
    request.on('error', () => undefined)
  })
  return unanswered
}

async function stopServer(server: Server, unanswered: ReadonlySet<ServerResponse>, clock: Clock) {
  const answers = [...unanswered].map(response => once(response, 'close'))
  await within(clock, ANSWER_WITHIN_MS, Promise.all(answers))
  const closed = promisify(server.close.bind(server))()
  server.closeAllConnections()
  await closed
}

async function withClient(endpoint: string, use: (client: DynamoDBClient) => Promise<void>): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  try {
    await use(client)
  } finally {
    client.destroy()
  }
}
