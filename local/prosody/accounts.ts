import { execFile } from 'node:child_process'
import { createHash, createHmac, pbkdf2, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ProsodyServer } from '../prosody.ts'

/** Prosody's own default, so that a seeded account costs what a registered one does. */
const ITERATIONS = 10_000
/** The length of SHA-1. */
const KEY_BYTES = 20

export interface Account {
  username: string
  password: string
}

/**
 * Writes accounts straight into Prosody's internal storage, before or while it runs: thousands in a second, where
 * registering takes 36 ms each. An account that exists gets the new password.
 */
export async function seedAccounts(
  dataDir: string,
  domain: string,
  users: readonly Account[],
): Promise<void> {
  const folder = join(dataDir, 'data', storageName(domain), 'accounts')
  await mkdir(folder, { recursive: true })
  // One salt for all, so that a password shared by many test users is derived once.
  const salt = randomUUID()
  const records = new Map<string, Promise<string>>()
  for (const { username, password } of users) {
    const record = records.get(password) ?? accountRecord(password, salt)
    records.set(password, record)
    await writeFile(join(folder, `${storageName(username)}.dat`), await record, { mode: 0o640 })
  }
}

/** Makes the account or gives it a new password; a running server takes it at the next login, open streams stay. */
export async function changePassword(
  server: Pick<ProsodyServer, 'configFile' | 'domain'>,
  username: string,
  newPassword: string,
): Promise<void> {
  const args = ['--config', server.configFile, 'register', username, server.domain]
  const run = promisify(execFile)('prosodyctl', args)
  // It asks twice on standard input; as an argument every user of the machine could read it.
  run.child.stdin?.end(`${newPassword}\n${newPassword}\n`)
  await run
}

/** The SCRAM keys of RFC 5802, 3, in the form of Prosody's `internal_hashed`; the salt is used as it stands. */
async function accountRecord(password: string, salt: string): Promise<string> {
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, ITERATIONS, KEY_BYTES, 'sha1')
  const clientKey = createHmac('sha1', salted).update('Client Key').digest()
  const storedKey = createHash('sha1').update(clientKey).digest('hex')
  const serverKey = createHmac('sha1', salted).update('Server Key').digest('hex')
  const fields = [
    `["salt"]="${salt}"`,
    `["iteration_count"]=${ITERATIONS}`,
    `["stored_key"]="${storedKey}"`,
    `["server_key"]="${serverKey}"`,
  ]
  return `return { ${fields.join('; ')}; };\n`
}

/** Prosody's file names: every byte that is not a letter or a digit as `%xx`. */
function storageName(text: string): string {
  return [...Buffer.from(text)]
    .map(byte => String.fromCharCode(byte))
    .map(character => (/[A-Za-z0-9]/.test(character) ? character : `%${hex(character)}`))
    .join('')
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
