import type * as z from 'zod/mini'
import type { ErrorCode } from './codes.ts'
import { upBatch, type UpBatch } from './batch.ts'
import { joinWithToken } from './frames/session.ts'
import { frameId } from './ids.ts'
import { upFrame, type UpFrame } from './up.ts'

/** A batch or frame nests no deeper than this; deeper input is an attack or a mistake. */
export const MAX_DEPTH = 4

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const MESSAGE_TYPES = new Set<unknown>(
  upFrame.def.options.map(option => option.shape.messageType.def.values[0]),
)

interface Refused {
  ok: false
  code: ErrorCode
  message: string
  id: string | undefined
}
export type ReadFrame = { ok: true; frame: UpFrame } | Refused
export type ReadUp = { ok: true; batch: UpBatch } | ReadFrame

/**
 * Reads one WebSocket message of a client: a batch, whose frames are still unread, or a frame. Never throws: whatever the
 * text, the answer is one of these or one refusal that says what to do.
 */
export function readUp(text: string): ReadUp {
  const parsed = parseJson(text)
  if (!parsed.ok) return refuse('bad-frame', 'This is not JSON.', undefined)
  const { value } = parsed
  return isRecord(value) && 'frames' in value && !('messageType' in value)
    ? checkUpBatch(value)
    : checkUpFrame(value)
}

function checkUpBatch(value: Record<string, unknown>): ReadUp {
  const shape = shapeProblem(value, 1)
  if (shape !== undefined) return refuse('bad-frame', shape, undefined)
  const batch = upBatch.safeParse(value)
  return batch.success
    ? { ok: true, batch: batch.data }
    : refuse('bad-frame', describe(batch.error), undefined)
}

/** Reads one frame that is parsed already; a frame inside a batch, for one. Never throws, as above. */
export function checkUpFrame(value: unknown): ReadFrame {
  if (!isRecord(value))
    return refuse('bad-frame', 'A frame is one JSON object with a messageType.', undefined)
  const id = readId(value)
  const shape = shapeProblem(value, 1)
  if (shape !== undefined) return refuse('bad-frame', shape, id)
  const type = value['messageType']
  if (typeof type !== 'string') return refuse('bad-frame', 'A frame needs a messageType.', id)
  if (!MESSAGE_TYPES.has(type)) return refuse('unknown-type', 'This messageType is not known.', id)
  const frame =
    type === 'JOIN' && 'token' in value ? joinWithToken.safeParse(value) : upFrame.safeParse(value)
  return frame.success ? { ok: true, frame: frame.data } : refuse('bad-frame', describe(frame.error), id)
}

function refuse(code: ErrorCode, message: string, id: string | undefined): Refused {
  return { ok: false, code, message, id }
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch {
    return { ok: false }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readId(value: Record<string, unknown>): string | undefined {
  const id = frameId.safeParse(value['id'])
  return id.success ? id.data : undefined
}

function shapeProblem(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_DEPTH) return `A frame nests at most ${MAX_DEPTH} levels.`
  for (const [key, inner] of Object.entries(value)) {
    if (REFUSED_KEYS.has(key)) return 'The names __proto__, constructor and prototype are not allowed.'
    const problem = shapeProblem(inner, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Names the field and the rule, never the value: what a client sent does not come back and is not logged. */
function describe(error: z.core.$ZodError): string {
  const issue = error.issues[0]
  const field = issue?.path.join('.') ?? ''
  const rule = issue?.code.replaceAll('_', ' ') ?? 'invalid'
  return `The field "${field}" is missing or not as described (${rule}).`
}
