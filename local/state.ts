import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProsodyServer } from './prosody.ts'
import { replaceFile } from './replace-file.ts'
import type { Stack } from './stack.ts'

export interface Running {
  readonly stack: Stack
  /** The XMPP server that was started here, if one was. */
  readonly prosody: ProsodyServer | undefined
  readonly xmppUrl: string
  readonly domain: string
}

/** Writes `state.json`: whoever finds it finds a bridge that is ready. */
export async function writeState(dataDir: string, running: Running): Promise<void> {
  await replaceFile(fileIn(dataDir), `${JSON.stringify(describe(running), undefined, 2)}\n`)
}

/** Removes `state.json`: the bridge is about to stop. */
export async function removeState(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true })
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'state.json')
}

function describe({ stack, prosody, xmppUrl, domain }: Running) {
  const { gateway, dynamo, workers } = stack
  return {
    websocket: gateway.url,
    managementEndpoint: gateway.managementEndpoint,
    xmpp: prosody === undefined ? elsewhere(xmppUrl, domain) : here(prosody),
    workers: workers.map(({ id, pid, url }) => ({ id, pid, url })),
    dynamodb: { endpoint: dynamo.endpoint },
  }
}

function here({ host, port, domain, pid }: ProsodyServer) {
  return { host, port, domain, pid }
}

function elsewhere(url: string, domain: string) {
  const { hostname: host, port } = new URL(url)
  return { host, port: Number(port), domain }
}
