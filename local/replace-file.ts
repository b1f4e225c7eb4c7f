import { rename, writeFile } from 'node:fs/promises'

/** Writes a file whole or not at all: a process killed half-way leaves the old one or the new one, never a part. */
export async function replaceFile(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await writeFile(`${file}.new`, content, { mode })
  await rename(`${file}.new`, file)
}
