import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { BadOptions, readOptions, USAGE } from '../../infra/cost/options.ts'
import { asText, reportOf } from '../../infra/cost/report.ts'
import { DEFAULT_SHAPE as shape, type Load } from '../../infra/cost/traffic.ts'

const root = join(import.meta.dirname, '..', '..')
const busy: Load = { users: 10_000, sent: 2, received: 10, hours: 24, bytes: 400, perPush: 1 }

test('[MB22] without options it is a thousand people', () => {
  expect(readOptions([])).toEqual({
    kind: 'bill',
    load: { ...busy, users: 1000 },
    shape,
    compare: false,
    json: false,
  })
})

test('[MB23] all of it can be chosen', () => {
  const words =
    '--users 5 --sent 0.5 --received 3 --hours 8 --bytes 900 --per-push 2 --worker-cpu 256 --worker-memory 512 --min-workers 1 --function-memory 512 --compare --json'
  expect(readOptions(words.split(' '))).toEqual({
    kind: 'bill',
    load: { users: 5, sent: 0.5, received: 3, hours: 8, bytes: 900, perPush: 2 },
    shape: {
      ...shape,
      workerVcpu: 0.25,
      workerGb: 0.5,
      minWorkers: 1,
      memoryMb: { ...shape.memoryMb, default: 512 },
    },
    compare: true,
    json: true,
  })
})

test.each([
  [['--users', 'many'], '--users must be a whole number from 0'],
  [['--users', '1.5'], '--users must be a whole number from 0'],
  [['--users='], '--users must be a whole number from 0'],
  [['--users=-1'], '--users must be a whole number from 0'],
  [['--hours', '25'], '--hours must be a number from 0.1 to 24, not "25"'],
  [['--sent', 'NaN'], '--sent must be a number from 0 to 1000, not "NaN"'],
  [['--colour', 'red'], "Unknown option '--colour'"],
  [['10000'], "Unexpected argument '10000'"],
])('[MB24] %s is refused with a reason', (args, reason) => {
  expect(() => readOptions(args)).toThrow(BadOptions)
  expect(() => readOptions(args)).toThrow(reason)
})

test('[MB25] it prints every service, the total and what must be raised first', () => {
  const text = asText(reportOf({ ...busy, users: 100_000 }, shape, true))
  for (const part of [
    'API Gateway',
    'Lambda',
    'DynamoDB',
    'Fargate',
    'IPv4',
    'CloudWatch',
    'KMS',
    'Data transfer',
  ])
    expect(text).toContain(part)
  expect(text).toMatch(/^Total {2,}\$[\d,]+\.\d\d$/m)
  expect(text).toMatch(/^Workers: \d+\. More than MAX_WORKERS allows/m)
  expect(text).toMatch(/^Requests at API Gateway: .* raise it first$/m)
  expect(text).toContain('containers behind a load balancer')
})

const run = promisify(execFile)
const main = join(root, 'infra', 'cost', 'main.ts')

test('[MB26] as JSON it is the same', async () => {
  const { stdout } = await run(process.execPath, [main, '--users', '10000', '--json'])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(reportOf(busy, shape, false))))
})

test('[MB27] a wrong option ends it with 2, the reason and the usage, and no stack', async () => {
  const failed = run(process.execPath, [main, '--users', 'many'])
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: `--users must be a whole number from 0 to 1000000000, not "many".\n\n${USAGE}\n`,
  })
})

test('[MB28] --help tells every option', async () => {
  const { stdout } = await run(process.execPath, [main, '--help', '--users', 'many'])
  expect(stdout).toBe(`${USAGE}\n`)
})
