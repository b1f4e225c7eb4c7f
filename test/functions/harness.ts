import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { makeDefaultHandler } from '../../functions/default.ts'
import type { Deps } from '../../functions/deps.ts'
import { jsonLogger } from '../../functions/log.ts'
import type { InvokeMeter } from '../../functions/metrics.ts'
import { parseAllowedOrigins } from '../../functions/origin.ts'
import { bcryptPasswords, type Passwords } from '../../functions/password.ts'
import { Placement } from '../../functions/placement.ts'
import { Routes } from '../../functions/routes.ts'
import { Strangers } from '../../functions/strangers.ts'
import { Tally } from '../../shared/emf/tally.ts'
import { tables as definitions } from '../../shared/stores/definitions.ts'
import { dynamoAccounts } from '../../shared/stores/dynamo/accounts.ts'
import { dynamoAttempts } from '../../shared/stores/dynamo/attempts.ts'
import { dynamoConnections } from '../../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../../shared/stores/dynamo/workers.ts'
import type { Workers } from '../../shared/stores/workers.ts'
import { workerIdOf, workerRowOf } from '../shared/stores/rows.ts'
import { openTestTables, type TestTables } from '../shared/stores/test-tables.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeFleet, type Condition } from './fake-fleet.ts'

/** The lowest cost that bcrypt has. */
const CHEAP = 4

export const JOIN = { messageType: 'JOIN', username: 'sergio', password: 'right' }
export const MESSAGE = { messageType: 'NEW_MESSAGE', id: 'm1', to: 'jose', content: 'hello' }

class InvokeTally extends Tally implements InvokeMeter {
  settled = 0

  settle(): void {
    this.settled += 1
  }
}

/** The functions' surroundings for one test: real stores, a fleet of fake workers, a clock that is turned by hand. */
export class Harness {
  readonly clock = new FakeClock()
  readonly lines: string[] = []
  readonly meter = new InvokeTally()
  /** Whether each comparison had a hash to compare with. */
  readonly compared: boolean[] = []
  readonly fleet: FakeFleet
  readonly workers: Workers
  readonly deps: Deps
  readonly #tables: TestTables

  constructor(tables: TestTables, change: Partial<Deps> = {}) {
    const { client, nameOf } = tables
    const options = (table: Parameters<typeof nameOf>[0]) => ({
      client,
      table: nameOf(table),
      clock: this.clock,
    })
    const connections = dynamoConnections(options('connections'))
    const sessions = dynamoSessions(options('sessions'))
    this.#tables = tables
    this.workers = dynamoWorkers({ ...options('workers'), onBadRow: () => {} })
    this.fleet = new FakeFleet({ sessions, connections })
    const placement = new Placement({ workers: this.workers, clock: this.clock, random: () => 0 })
    const budget = (limit: number) => ({ limit, windowMs: 3_600_000 })
    this.deps = {
      clock: this.clock,
      log: jsonLogger('debug', line => this.lines.push(line)),
      meter: this.meter,
      origins: parseAllowedOrigins('https://chat.example.org, loopback'),
      registration: { mode: 'on-first-join', perNetwork: 3 },
      budgets: { perUser: budget(4), perNetwork: budget(12) },
      passwords: this.#countingPasswords(),
      accounts: dynamoAccounts(options('accounts')),
      attempts: dynamoAttempts(options('attempts')),
      connections,
      sessions,
      placement,
      routes: new Routes({ connections, sessions, placement, clock: this.clock }),
      strangers: new Strangers(this.clock),
      handoff: this.fleet,
      ...change,
    }
  }

  /** Another function process: the same stores and fleet, nothing remembered. */
  get freshProcess(): Deps {
    const { connections, sessions } = this.deps
    const placement = new Placement({ workers: this.workers, clock: this.clock, random: () => 0 })
    return {
      ...this.deps,
      placement,
      routes: new Routes({ connections, sessions, placement, clock: this.clock }),
      strangers: new Strangers(this.clock),
    }
  }

  /** Puts a worker's row; names sort as they are chosen: the first is asked first. */
  async addWorker(name: string, condition: Condition = 'up', sessions = 0): Promise<string> {
    await this.workers.put(workerRowOf(name, { sessions }))
    this.fleet.conditions.set(workerIdOf(name), condition)
    return workerIdOf(name)
  }

  async clear(): Promise<void> {
    const { client, nameOf } = this.#tables
    for (const { name, key } of definitions) {
      const { Items: items = [] } = await client.send(new ScanCommand({ TableName: nameOf(name) }))
      for (const item of items)
        await client.send(
          new DeleteCommand({ TableName: nameOf(name), Key: { [key]: item[key] as unknown } }),
        )
    }
  }

  #countingPasswords(): Passwords {
    const real = bcryptPasswords(CHEAP)
    return {
      hash: password => real.hash(password),
      matches: (password, hash) => {
        this.compared.push(hash !== undefined)
        return real.matches(password, hash)
      },
    }
  }
}

/** Opens the tables for a file of tests and gives each test empty ones. */
export function useHarness(): (change?: Partial<Deps>) => Harness {
  let tables: TestTables
  beforeAll(async () => {
    tables = await openTestTables()
  }, 60_000)
  beforeEach(() => new Harness(tables).clear())
  afterAll(() => tables.close(), 60_000)
  return change => new Harness(tables, change)
}

/** Gives a new harness a worker and a socket that has joined. */
export async function joined(harness: Harness): Promise<Harness> {
  await harness.addWorker('a')
  harness.fleet.accounts.set('sergio', 'right')
  await send(harness.deps, JOIN)
  return harness
}

/** A client's frame comes to the default route. */
export function send(deps: Deps, frame: unknown, connectionId?: string) {
  return makeDefaultHandler(deps)(messageEventOf(frame, connectionId))
}

/** The gateway's events, with the fields that functions read and some that they do not. */
export function connectEventOf(headers: Record<string, string>, connectionId = 'c1=') {
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  )
  return {
    headers,
    multiValueHeaders,
    requestContext: contextOf('CONNECT', connectionId),
    isBase64Encoded: false,
  }
}

export function messageEventOf(frame: unknown, connectionId = 'c1=', sourceIp = '203.0.113.7') {
  const body = typeof frame === 'string' ? frame : JSON.stringify(frame)
  return { requestContext: contextOf('MESSAGE', connectionId, sourceIp), body, isBase64Encoded: false }
}

export function disconnectEventOf(connectionId = 'c1=') {
  return {
    headers: { Host: 'x', 'x-api-key': '' },
    requestContext: {
      ...contextOf('DISCONNECT', connectionId),
      disconnectStatusCode: 1001,
      disconnectReason: '',
    },
    isBase64Encoded: false,
  }
}

function contextOf(eventType: string, connectionId: string, sourceIp = '203.0.113.7') {
  return {
    eventType,
    connectionId,
    requestId: 'trace-1=',
    apiId: 'api',
    stage: 'prod',
    connectedAt: 1,
    identity: { sourceIp, userAgent: 'test' },
  }
}
