import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './replace-file.ts'

/** AES-256. */
const KEY_BYTES = 32

/**
 * The file of the key that seals credentials on this machine, made when there is none. The next start finds it, and with it
 * opens what this one has sealed. Only its owner may read it.
 */
export async function sealKeyIn(dataDir: string): Promise<string> {
  const file = join(dataDir, 'seal.key')
  if ((await sizeOf(file)) !== KEY_BYTES) await replaceFile(file, randomBytes(KEY_BYTES), 0o600)
  return file
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    found => found.size,
    () => undefined,
  )
}
