import type { IncomingMessage } from 'node:http'
import type { Handshake } from './events.ts'

/** What the gateway adds to the headers of a handshake. */
export interface Forwarded {
  sourceIp: string
  port: number
  xrayId: string
}

// RFC 9110 7.6.1: these are between two neighbours; captured `$connect` events show none of them.
const hopByHop = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
])

const replaced = new Set(['x-amzn-trace-id', 'x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto'])

/** Whether a request to upgrade is a WebSocket handshake (RFC 6455 4.2.1), before a function is asked about it. */
export function isHandshake(request: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const { upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers
  if (request.method !== 'GET' || upgrade?.toLowerCase() !== 'websocket') return false
  return version === '13' && /^[+/0-9A-Za-z]{22}==$/.test(key ?? '')
}

/** The headers, in the case that the client sent them in, and the query of a handshake, for its event. */
export function readHandshake(rawHeaders: readonly string[], url: string, forwarded: Forwarded): Handshake {
  const sent = pairs(rawHeaders)
  const valuesOf = (lowerName: string) =>
    sent.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value)
  const [xrayId = forwarded.xrayId] = valuesOf('x-amzn-trace-id')
  const headers = grouped([
    ...sent.filter(([name]) => !hopByHop.has(name.toLowerCase()) && !replaced.has(name.toLowerCase())),
    ['X-Amzn-Trace-Id', xrayId],
    ['X-Forwarded-For', [...valuesOf('x-forwarded-for'), forwarded.sourceIp].join(', ')],
    ['X-Forwarded-Port', String(forwarded.port)],
    ['X-Forwarded-Proto', 'http'],
  ])
  const [, query = ''] = /\?(.*)$/s.exec(url) ?? []
  return { headers, query: grouped([...new URLSearchParams(query)]) }
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))
}

function grouped(all: readonly [string, string][]): Record<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of all) values.set(name, [...(values.get(name) ?? []), value])
  return Object.fromEntries(values)
}
