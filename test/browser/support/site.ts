import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { bundleClient } from '../../../client/build.ts'
import { pathOf } from '../../../local/gateway/http.ts'
import { listenOn } from '../../../local/ports.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** The pages of the tests, on a free port of this machine. */
export interface Site {
  readonly url: string
  stop(): Promise<void>
}

/** Serves the built client as `/client.js`, the page of the tests as `/tab.html` and the example as `/page.html`. */
export async function startSite(folder: string): Promise<Site> {
  const built = join(folder, 'client.js')
  await bundleClient(built)
  const files: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
    '/client.js': { file: built, type: 'text/javascript' },
    '/tab.html': { file: join(import.meta.dirname, 'tab.html'), type: 'text/html' },
    '/page.html': { file: join(ROOT, 'examples', 'page.html'), type: 'text/html' },
  }
  const server = createServer((request, response) => void send(files[pathOf(request)], response))
  const port = await listenOn(server, 0, 'a free one')
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function send(
  entry: { readonly file: string; readonly type: string } | undefined,
  response: ServerResponse,
): Promise<void> {
  if (entry === undefined) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': `${entry.type}; charset=utf-8`, 'cache-control': 'no-store' })
  response.end(await readFile(entry.file))
}
