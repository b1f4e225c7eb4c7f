import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { profileNames, profiles, type ProfileName } from './plan/profiles.ts'
import { serverNames, type ServerName } from './world/xmpp-host.ts'

/** A run as it was asked for. */
export interface RunOptions {
  readonly profile: ProfileName
  readonly server: ServerName
  readonly seed: number
  readonly minutes: number
  readonly users: number
  /** Messages a second of all together. */
  readonly rate: number
  /** So many seconds after the talk everybody must have caught up. */
  readonly quiet: number
  /** Folder for histories, logs and reports. */
  readonly out: string
}

/** The command line is wrong; the message says how it should be. */
export class BadOptions extends Error {
  override readonly name = 'BadOptions'
}

export const USAGE = `npm run test:chaos -- [options]
  --profile   ${profileNames.join(' | ')} (default mixed)
  --server    ${serverNames.join(' | ')} (default prosody)
  --seed      one seed is one plan of faults (default 1)
  --minutes   how long people talk (default: the profile's)
  --users     how many (default: the profile's)
  --rate      messages a second of all together (default: the profile's, for so many users)
  --quiet     seconds after the talk in which all must have caught up (default 120)
  --out       folder for the report (default .local/chaos/<profile>-<server>-<seed>)`

const defaults = { profile: 'mixed', server: 'prosody', seed: '1', quiet: '120' }

const schema = z.object({
  profile: z.enum(profileNames),
  server: z.enum(serverNames),
  seed: z.coerce.number().check(z.int(), z.minimum(0)),
  minutes: z.optional(z.coerce.number().check(z.gt(0), z.maximum(24 * 60))),
  users: z.optional(z.coerce.number().check(z.int(), z.minimum(2), z.maximum(100_000))),
  rate: z.optional(z.coerce.number().check(z.gt(0), z.maximum(10_000))),
  quiet: z.coerce.number().check(z.gt(0), z.maximum(3600)),
  out: z.optional(z.string()),
})

/** @throws BadOptions */
export function readOptions(args: readonly string[]): RunOptions {
  const names = ['profile', 'server', 'seed', 'minutes', 'users', 'rate', 'quiet', 'out'] as const
  const read = schema.safeParse({ ...defaults, ...valuesOf(args, names) })
  if (!read.success) throw new BadOptions(z.prettifyError(read.error))
  const { profile, server, seed, minutes, quiet, out } = read.data
  const own = profiles[profile]
  const users = read.data.users ?? own.users
  return {
    profile,
    server,
    seed,
    minutes: minutes ?? own.minutes,
    users,
    rate: read.data.rate ?? (own.perSecond * users) / own.users,
    quiet,
    out: out ?? `.local/chaos/${profile}-${server}-${seed}`,
  }
}

function valuesOf(args: readonly string[], names: readonly string[]): Record<string, unknown> {
  try {
    const options = Object.fromEntries(names.map(name => [name, { type: 'string' } as const]))
    return { ...parseArgs({ args: [...args], options, strict: true }).values }
  } catch (cause) {
    throw new BadOptions(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
