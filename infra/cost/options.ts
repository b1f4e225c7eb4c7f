import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { DEFAULT_SHAPE, type Load, type Shape } from './traffic.ts'

/** What was asked. */
export type Asked =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'bill'
      readonly load: Load
      readonly shape: Shape
      readonly compare: boolean
      readonly json: boolean
    }

/** The command line is wrong; the message says how it should be. */
export class BadOptions extends Error {
  override readonly name = 'BadOptions'
}

const LARGEST = 1e9

interface Option {
  readonly default: number
  readonly from: number
  readonly to: number
  readonly whole?: true
  readonly doc: string
}

const options = {
  users: { default: 1000, from: 0, to: LARGEST, whole: true, doc: 'people online at the same time' },
  sent: { default: 2, from: 0, to: 1000, doc: 'messages that each sends in a minute online' },
  received: { default: 10, from: 0, to: 1000, doc: 'messages that each gets in a minute online' },
  hours: { default: 24, from: 0.1, to: 24, doc: 'of a day that they are online; the rest of it nobody is' },
  bytes: { default: 400, from: 1, to: 32_768, doc: 'of a message on the wire' },
  'per-push': { default: 1, from: 1, to: 100, doc: 'messages that go out in one push' },
  'worker-cpu': {
    default: DEFAULT_SHAPE.workerVcpu * 1024,
    from: 256,
    to: 16_384,
    doc: 'as the setting WORKER_CPU',
  },
  'worker-memory': {
    default: DEFAULT_SHAPE.workerGb * 1024,
    from: 512,
    to: 122_880,
    doc: 'as WORKER_MEMORY_MIB',
  },
  'min-workers': { default: DEFAULT_SHAPE.minWorkers, from: 1, to: 1000, whole: true, doc: 'as MIN_WORKERS' },
  'function-memory': {
    default: DEFAULT_SHAPE.memoryMb.default,
    from: 128,
    to: 10_240,
    whole: true,
    doc: 'MB of the function that takes frames',
  },
} as const satisfies Record<string, Option>

type Name = keyof typeof options
const names = Object.keys(options) as Name[]

export const USAGE = `npm run cost -- [options]      What the bridge costs in a month, by service. Nothing is asked of the network.

${names.map(name => `  --${name.padEnd(16)} ${options[name].doc} (default ${options[name].default})`).join('\n')}
  --compare          what else would do, and what that costs
  --json             the same for programs
  --help             this`

/** @throws BadOptions for the first option that is wrong. */
export function readOptions(args: readonly string[]): Asked {
  const given = valuesOf(args)
  if (given['help'] === true) return { kind: 'help' }
  const numbers = Object.fromEntries(names.map(name => [name, read(name, given[name])])) as Record<
    Name,
    number
  >
  const { users, sent, received, hours, bytes } = numbers
  return {
    kind: 'bill',
    load: { users, sent, received, hours, bytes, perPush: numbers['per-push'] },
    shape: {
      ...DEFAULT_SHAPE,
      minWorkers: numbers['min-workers'],
      workerVcpu: numbers['worker-cpu'] / 1024,
      workerGb: numbers['worker-memory'] / 1024,
      memoryMb: { ...DEFAULT_SHAPE.memoryMb, default: numbers['function-memory'] },
    },
    compare: given['compare'] === true,
    json: given['json'] === true,
  }
}

function read(name: Name, given: string | boolean | undefined): number {
  const { default: fallback, from, to, ...option }: Option = options[name]
  if (given === undefined) return fallback
  const range = z.coerce.number().check(z.minimum(from), z.maximum(to))
  const value = range.safeParse(given === '' ? 'nothing' : given)
  if (value.success && (option.whole !== true || Number.isInteger(value.data))) return value.data
  const kind = option.whole === true ? 'a whole number' : 'a number'
  throw new BadOptions(`--${name} must be ${kind} from ${from} to ${to}, not "${String(given)}".`)
}

function valuesOf(args: readonly string[]): Record<string, string | boolean | undefined> {
  const numbers = Object.fromEntries(names.map(name => [name, { type: 'string' } as const]))
  const flag = { type: 'boolean' } as const
  try {
    const config = { ...numbers, compare: flag, json: flag, help: flag }
    return { ...parseArgs({ args: [...args], options: config, strict: true }).values }
  } catch (cause) {
    throw new BadOptions(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
