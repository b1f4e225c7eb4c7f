import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildClient } from '../../client/build.ts'
import { Bridge } from '../support/bridge.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')

describe('the example bot', () => {
  let bridge: Bridge

  beforeAll(async () => {
    // What `import 'stanzagate-client'` finds.
    await buildClient(join(ROOT, 'client', 'dist'))
    bridge = await Bridge.start()
  })
  afterAll(() => bridge.stop())

  /** Resolves when the bot is online. */
  async function startBot(file: string): Promise<ChildProcess> {
    const bot = spawn(process.execPath, [join(ROOT, 'examples', 'bot.ts')], {
      env: { ...process.env, BRIDGE: bridge.url, BOT_FILE: file, BOT_USERNAME: 'echo', BOT_PASSWORD: 'echo' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void bot.kill('SIGKILL'))
    const online = Promise.withResolvers<void>()
    bot.stdout.on('data', (text: Buffer) => {
      if (text.includes('online')) online.resolve()
    })
    bot.once('exit', code => online.reject(new Error(`the bot ended with ${code} before it was online`)))
    await online.promise
    return bot
  }

  async function stop(bot: ChildProcess): Promise<void> {
    bot.kill('SIGTERM')
    const [code] = (await once(bot, 'exit')) as [number | null]
    expect(code).toBe(0)
  }

  test('[EX2] it echoes, and answers after a restart what came meanwhile, each once', async () => {
    const file = join(await temporaryFolder(), 'bot', 'bot.json')
    const user = await bridge.signIn('lena')
    const say = (content: string) =>
      user.send({ messageType: 'NEW_MESSAGE', to: 'echo', content, id: crypto.randomUUID() })
    const echoes = () =>
      user.frames.flatMap(({ messageType, content }) => (messageType === 'NEW_MESSAGE' ? [content] : []))

    const first = await startBot(file)
    say('one')
    await bridge.until(() => echoes().includes('one'), 'the first echo')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await stop(first)
    say('two')
    const second = await startBot(file)
    await bridge.until(() => echoes().includes('two'), 'the echo of what came meanwhile')
    say('three')
    await bridge.until(() => echoes().includes('three'), 'the third echo')
    await stop(second)
    expect(echoes()).toEqual(['one', 'two', 'three'])
  })
})
