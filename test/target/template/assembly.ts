import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { NotWired } from './resources.ts'

/** The name of the synthesized stack. */
export const STACK = 'Stanzagate'

const assets = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })),
  dockerImages: z.record(z.string(), z.object({ source: z.object({ directory: z.string() }) })),
})

/** What a synthesis leaves in its folder: the template, and what it names by a hash. */
export interface Assembly {
  readonly template: unknown
  /** The folder of a bundle or of an image. @throws NotWired when the assembly has none of that hash. */
  folderOf(hash: string): string
}

/** Reads what `synthesizeInto` left. */
export async function readAssembly(folder: string): Promise<Assembly> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, `${STACK}.${name}.json`), 'utf8'))
  const { files, dockerImages } = assets.parse(await read('assets'))
  return {
    template: await read('template'),
    folderOf: hash => {
      const path = files[hash]?.source.path ?? dockerImages[hash]?.source.directory
      if (path === undefined) throw new NotWired(`The assembly has nothing of the hash ${hash}.`)
      return join(folder, path)
    },
  }
}
