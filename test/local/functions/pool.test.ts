import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  FunctionCrashed,
  FunctionThrottled,
  FunctionTimedOut,
  HandlerFailed,
} from '../../../local/functions/errors.ts'
import { temporaryFolder, testPool } from './harness.ts'

// AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle" and "Understanding Lambda
// function scaling", unless a test names another page.

const pids = 'export const handler = async () => process.pid'
/** Prints that it runs, and ends when its event says so. */
const patient = `
  export const handler = event => new Promise(resolve => {
    console.log('running')
    if (event.end) resolve(process.pid)
  })`

/** Answers when the parent writes the file that the event names. */
const untilFile = `
  import { watch, existsSync } from 'node:fs'
  import { dirname } from 'node:path'
  export const handler = ({ file }) => new Promise(resolve => {
    const watcher = watch(dirname(file), () => { if (existsSync(file)) { watcher.close(); resolve(process.pid) } })
    console.log('running')
  })`

test('[FN1] a function gets its event and context, and its answer comes back', async () => {
  const pool = await testPool(`
    export const handler = async (event, context) => ({
      event,
      keys: Object.keys(context),
      name: context.functionName,
      id: context.awsRequestId,
      left: context.getRemainingTimeInMillis(),
    })`)
  const answer = await pool.invoke('$default', { a: [1, 'ü', null] })
  expect(answer).toEqual({
    event: { a: [1, 'ü', null] },
    keys: ['awsRequestId', 'functionName', 'getRemainingTimeInMillis'],
    name: 'default',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    left: expect.any(Number),
  })
  expect(answer).toHaveProperty(
    'left',
    expect.toSatisfy((left: number) => left > 20_000 && left <= 29_000),
  )
  expect(await pool.invoke('$connect', {})).toEqual({ statusCode: 200 })
})

test('[FN1] a function that returns nothing answers null', async () => {
  const pool = await testPool('export const handler = async () => {}')
  expect(await pool.invoke('$default', {})).toBeNull()
})

test('[FN2] a process stays warm for the next invoke', async () => {
  const pool = await testPool(pids)
  const first = await pool.invoke('$default', {})
  expect(await pool.invoke('$default', {})).toBe(first)
  expect(first).not.toBe(process.pid)
})

test('[FN3] a process runs one invoke at a time, so another one starts beside it', async () => {
  const pool = await testPool(patient)
  pool.invoke('$default', {}).catch(() => {})
  await pool.lines.seen('running')
  const pid = await pool.invoke('$default', { end: true })
  expect(await pool.invoke('$default', { end: true })).toBe(pid)
})

test('[FN4] an invoke beyond the highest concurrency is throttled', async () => {
  const pool = await testPool(patient, { maxConcurrency: 2 })
  for (const count of [1, 2]) {
    pool.invoke('$default', {}).catch(() => {})
    await pool.lines.seen('running', count)
  }
  await expect(pool.invoke('$default', {})).rejects.toBeInstanceOf(FunctionThrottled)
  expect(await pool.invoke('$connect', {})).toEqual({ statusCode: 200 })
})

test('[FN15] invokes beyond the processes wait for their turn', async () => {
  const pool = await testPool(pids, { maxProcesses: 2 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => pool.invoke('$default', {})))
  expect(new Set(answers).size).toBeLessThanOrEqual(2)
})

// "Configure Lambda function timeout".
test('[FN5] an invoke over the timeout is killed, and the next one has a new process', async () => {
  const pool = await testPool(patient, { timeoutMs: 3_000 })
  const pid = await pool.invoke('$default', { end: true })
  const late = pool.invoke('$default', {})
  const outcome = expect(late).rejects.toBeInstanceOf(FunctionTimedOut)
  await pool.lines.seen('running', 2)
  pool.clock.advance(3_000)
  await outcome
  expect(await pool.invoke('$default', { end: true })).not.toBe(pid)
})

test.each([
  ['process.exit(3)', 'exit status 3'],
  ["process.kill(process.pid, 'SIGKILL')", 'SIGKILL'],
  ["Promise.reject(new Error('nobody waits for this')); await new Promise(() => {})", 'exit status 1'],
])(
  '[FN6] a crash by %s rejects with its manner, and the next invoke has a new process',
  async (crash, how) => {
    const pool = await testPool(`
    export const handler = async event => {
      if (event.crash) { ${crash} }
      return process.pid
    }`)
    const pid = await pool.invoke('$default', {})
    const crashed = pool.invoke('$default', { crash: true })
    await expect(crashed).rejects.toBeInstanceOf(FunctionCrashed)
    await expect(crashed).rejects.toThrow(how)
    expect(await pool.invoke('$default', {})).not.toBe(pid)
  },
)

// "Lambda function handler in Node.js", errors.
test('[FN7] an error of the handler keeps its name and message, and its process stays', async () => {
  const pool = await testPool(`
    class NoWorker extends Error { name = 'NoWorker' }
    export const handler = async event => {
      if (event.fail) throw new NoWorker('none lives')
      return process.pid
    }`)
  const pid = await pool.invoke('$default', {})
  const error: unknown = await pool.invoke('$default', { fail: true }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(HandlerFailed)
  expect(error).toMatchObject({ name: 'NoWorker', message: 'none lives' })
  expect(error).toHaveProperty('stack', expect.stringContaining('default.mjs'))
  expect(await pool.invoke('$default', {})).toBe(pid)
})

test.each(["throw 'text'", 'return 1n', 'const a = {}; a.a = a; return a'])(
  '[FN7] a handler with "%s" fails its invoke only',
  async body => {
    const pool = await testPool(`export const handler = async () => { ${body} }`)
    await expect(pool.invoke('$default', {})).rejects.toBeInstanceOf(HandlerFailed)
  },
)

test('[FN8] what a function prints is passed on line by line', async () => {
  const pool = await testPool(`
    export const handler = async () => {
      console.log('{"a":1}')
      process.stderr.write('half ')
      process.stderr.write('and half\\n')
    }`)
  await pool.invoke('$default', {})
  await Promise.all([pool.lines.seen('{"a":1}'), pool.lines.seen('half and half')])
  expect(pool.lines.all.toSorted()).toEqual(['half and half', '{"a":1}'])
})

test('[FN9] a function sees the environment it was given and little else', async () => {
  process.env['FN9_OF_THE_PARENT'] = 'x'
  const pool = await testPool('export const handler = async () => process.env', {
    env: { TABLE: 'users', AWS_REGION: 'eu-west-1' },
  })
  delete process.env['FN9_OF_THE_PARENT']
  const { PATH, HOME, NODE_EXTRA_CA_CERTS } = process.env
  expect(await pool.invoke('$default', {})).toEqual({
    TABLE: 'users',
    AWS_REGION: 'eu-west-1',
    ...JSON.parse(JSON.stringify({ PATH, HOME, NODE_EXTRA_CA_CERTS })),
  })
})

test('[FN10] a reload loads changed code, and lets an invoke end in the old one', async () => {
  const pool = await testPool(untilFile)
  const file = `${pool.file}.go`
  const running = pool.invoke('$default', { file })
  await pool.lines.seen('running')

  await writeFile(pool.file, "export const handler = async () => 'new'")
  pool.reload()
  expect(await pool.invoke('$default', {})).toBe('new')

  await writeFile(file, '')
  expect(await running).toEqual(expect.any(Number))
  expect(await pool.invoke('$default', {})).toBe('new')
})

test('[FN10] a reload of code that cannot be loaded tells the log, and a later one mends it', async () => {
  const pool = await testPool(pids)
  await writeFile(pool.file, 'this is not JavaScript')
  pool.reload()
  await pool.lines.seen('FunctionCrashed')
  await expect(pool.invoke('$default', {})).rejects.toBeInstanceOf(FunctionCrashed)
  await writeFile(pool.file, "export const handler = async () => 'mended'")
  pool.reload()
  expect(await pool.invoke('$default', {})).toBe('mended')
})

test.each(['throw new Error("no table")', 'export const other = 1'])(
  '[FN11] a pool does not start with a function that cannot be loaded (%s)',
  async source => {
    await expect(testPool(source)).rejects.toBeInstanceOf(FunctionCrashed)
  },
)

test('[FN12] stop ends every process and fails what runs', async () => {
  const pool = await testPool(patient)
  const pid = await pool.invoke('$default', { end: true })
  const running = pool.invoke('$default', {})
  const outcome = expect(running).rejects.toBeInstanceOf(FunctionCrashed)
  await pool.lines.seen('running', 2)
  await pool.stop()
  await outcome
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
  await expect(pool.invoke('$default', {})).rejects.toBeInstanceOf(FunctionCrashed)
})

test('[FN14] Ctrl-C, which a terminal sends to every process, is left to the parent', async () => {
  const pool = await testPool(pids)
  const pid = Number(await pool.invoke('$default', {}))
  process.kill(pid, 'SIGINT')
  expect(await pool.invoke('$default', {})).toBe(pid)
})

test('[FN14] functions end with a parent that is killed', async () => {
  const folder = await temporaryFolder()
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const pool = join(import.meta.dirname, '../../../local/functions/pool.ts')
  const file = join(folder, 'handler.mjs')
  await writeFile(
    file,
    `import { connect } from 'node:net'
     connect(${port}, '127.0.0.1')
     export const handler = async () => {}`,
  )
  const parent = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { startFunctions } from ${JSON.stringify(pool)}
     const file = ${JSON.stringify(file)}
     await startFunctions({ handlers: { $connect: file, $default: file, $disconnect: file }, env: {} })`,
  ])
  onTestFinished(() => void parent.kill('SIGKILL'))

  const functions: Socket[] = []
  for await (const [socket] of on(server, 'connection')) {
    functions.push(socket)
    if (functions.length === 3) break
  }
  const ended = functions.map(socket => once(socket.resume(), 'close'))
  parent.kill('SIGKILL')
  await Promise.all(ended)
})
