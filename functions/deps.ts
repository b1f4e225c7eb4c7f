import { systemClock, type Clock } from '../shared/clock.ts'
import { readSettings } from '../shared/config.ts'
import { HandoffClient, type Handoff } from '../shared/handoff/client.ts'
import type { Accounts } from '../shared/stores/accounts.ts'
import type { Attempts } from '../shared/stores/attempts.ts'
import type { Connections } from '../shared/stores/connections.ts'
import { dynamoAccounts } from '../shared/stores/dynamo/accounts.ts'
import { dynamoAttempts } from '../shared/stores/dynamo/attempts.ts'
import { documentClient } from '../shared/stores/dynamo/client.ts'
import { dynamoConnections } from '../shared/stores/dynamo/connections.ts'
import { dynamoSessions } from '../shared/stores/dynamo/sessions.ts'
import { dynamoWorkers } from '../shared/stores/dynamo/workers.ts'
import type { Sessions } from '../shared/stores/sessions.ts'
import type { AttemptBudgets } from './attempts.ts'
import { errorFacts, jsonLogger, type Logger } from './log.ts'
import { makeInvokeMeter, meteredHandoff, type InvokeMeter } from './metrics.ts'
import { parseAllowedOrigins, type AllowedOrigins } from './origin.ts'
import { bcryptPasswords, type Passwords } from './password.ts'
import { Placement } from './placement.ts'
import type { RegistrationMode } from './registration.ts'
import { Routes } from './routes.ts'
import { Strangers } from './strangers.ts'

/** What the functions stand on. */
export interface Deps {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: InvokeMeter
  readonly origins: AllowedOrigins
  readonly registration: { readonly mode: RegistrationMode; readonly perNetwork: number }
  readonly budgets: AttemptBudgets
  readonly passwords: Passwords
  readonly accounts: Accounts
  readonly attempts: Attempts
  readonly connections: Connections
  readonly sessions: Sessions
  readonly placement: Placement
  readonly routes: Routes
  readonly strangers: Strangers
  readonly handoff: Handoff
}

/**
 * Builds it all from the environment of a function.
 * @throws BadSetting
 */
export function createDeps(env: Readonly<Record<string, string | undefined>>): Deps {
  const settings = readSettings('functions', env)
  const clock = systemClock
  const write = (line: string) => void process.stdout.write(`${line}\n`)
  const log = jsonLogger(settings.LOG_LEVEL, write)
  const meter = makeInvokeMeter(settings, clock, write)
  const client = documentClient()
  const connections = dynamoConnections({ client, table: settings.CONNECTIONS_TABLE, clock })
  const sessions = dynamoSessions({ client, table: settings.SESSIONS_TABLE, clock })
  const workers = dynamoWorkers({
    client,
    table: settings.WORKERS_TABLE,
    clock,
    onBadRow: error => log.warn('worker.bad-row', { ...errorFacts(error), workerId: error.key }),
  })
  const placement = new Placement({ workers, clock, random: Math.random })
  const windowMs = settings.ATTEMPTS_WINDOW_MS
  return {
    clock,
    log,
    meter,
    origins: parseAllowedOrigins(settings.ALLOWED_ORIGINS),
    registration: { mode: settings.REGISTRATION, perNetwork: settings.REGISTRATIONS_PER_NETWORK },
    budgets: {
      perUser: { limit: settings.ATTEMPTS_PER_USER, windowMs },
      perNetwork: { limit: settings.ATTEMPTS_PER_NETWORK, windowMs },
    },
    passwords: bcryptPasswords(settings.BCRYPT_COST),
    accounts: dynamoAccounts({ client, table: settings.ACCOUNTS_TABLE }),
    attempts: dynamoAttempts({ client, table: settings.ATTEMPTS_TABLE, clock }),
    connections,
    sessions,
    placement,
    routes: new Routes({ connections, sessions, placement, clock }),
    strangers: new Strangers(clock),
    handoff: meteredHandoff(new HandoffClient({ clock }), meter, clock),
  }
}

/** The dependencies of this process: made at the first invoke and kept while the function is warm. */
export function sharedDeps(): Deps {
  shared ??= createDeps(process.env)
  return shared
}

let shared: Deps | undefined
