import type { IncomingMessage, ServerResponse } from 'node:http'

/** The path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return request.url?.split('?')[0] ?? '/'
}

/** Ends a response with `body` as JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/**
 * Reads a request's body, or answers undefined when it is longer than `maxBytes`. A longer one is still read to
 * its end, so that the client gets to see the answer.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : undefined
}
