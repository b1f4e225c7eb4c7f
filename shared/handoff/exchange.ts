import type { IncomingMessage } from 'node:http'
import { request, type Agent } from 'node:https'
import type { Answer } from './outcomes.ts'

/** No answer of the hand-off API is near it. */
const MAX_ANSWER_BYTES = 65_536

export interface Question {
  readonly agent: Agent
  readonly host: string
  readonly port: number
  readonly method: 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Goes out as JSON. */
  readonly body: unknown
  readonly signal: AbortSignal
}

class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong'
  constructor() {
    super(`The worker's answer is longer than ${MAX_ANSWER_BYTES} bytes.`)
  }
}

/**
 * One request over HTTPS and its whole answer. Rejects with DialFailed when nothing was sent; redirects are not
 * followed.
 */
export async function exchange({ body, headers, ...options }: Question): Promise<Answer> {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({
      ...options,
      headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    })
      .on('response', resolve)
      .on('error', reject)
      .end(json)
  })
  return { status: response.statusCode ?? 0, body: parseJson(await readText(response)) }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new AnswerTooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  // The usual answer to a frame has no body, and an exception for each would be the dearest part of reading it.
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
