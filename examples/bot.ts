/**
 * An echo bot for Node 24: answers every message with its text. It keeps its place in a file, so that after a restart it
 * goes on in the same session and answers what came meanwhile.
 *
 *   BRIDGE=ws://127.0.0.1:8080 BOT_USERNAME=echo BOT_PASSWORD=secret node examples/bot.ts
 */
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createClient, memoryStore, type Saved, type Store } from 'stanzagate-client'

const {
  BRIDGE = 'ws://127.0.0.1:8080',
  BOT_FILE = '.local/bot.json',
  BOT_USERNAME = 'echo',
  BOT_PASSWORD = 'echo',
} = process.env

const client = createClient({
  url: BRIDGE,
  credentials: { username: BOT_USERNAME, password: BOT_PASSWORD, register: true },
  store: fileStore(BOT_FILE),
})

client.on('message', message => {
  // `own` is what the bot's owner sends from another device; answering that would be talking to oneself.
  if (!message.own) client.send({ to: message.from, content: message.content })
})
client.on('subscription', ({ from }) => client.answerSubscription(from, 'approve'))
client.on('status', status => process.stdout.write(`${status.kind}\n`))
client.on('error', error => process.stderr.write(`${error.message}\n`))

process.on('SIGTERM', () => void client.close())
process.on('SIGINT', () => void client.close())

await client.connect()

/** All of it in one file, replaced as a whole after each change: small, and never half written. */
function fileStore(file: string): Store {
  const memory = memoryStore()
  const write = async () => {
    await mkdir(dirname(file), { recursive: true })
    // The token in it is as good as a password.
    const handle = await open(`${file}.new`, 'w', 0o600)
    await handle.writeFile(JSON.stringify(await memory.load()))
    await handle.sync()
    await handle.close()
    await rename(`${file}.new`, file)
  }
  return {
    async load() {
      if (existsSync(file)) await memory.save(asChange(JSON.parse(await readFile(file, 'utf8')) as Saved))
      return memory.load()
    },
    async save(change) {
      await memory.save(change)
      await write()
    },
    async clear() {
      await memory.clear()
      await rm(file, { force: true })
    },
  }
}

function asChange({ items, ...parts }: Saved) {
  return { ...parts, put: items }
}
