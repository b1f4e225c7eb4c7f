import type * as z from 'zod/mini'
import type { ErrorCode } from './codes.ts'
import { frameId } from './ids.ts'
import { upFrame, type UpFrame } from './up.ts'

/** A batch or frame nests no deeper than this; deeper input is an attack or a mistake. */
export const MAX_DEPTH = 4

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const MESSAGE_TYPES = new Set<unknown>(
  upFrame.def.options.map(option => option.shape.messageType.def.values[0]),
)

export type ReadFrame =
  | { ok: true; frame: UpFrame }
  | { ok: false; code: ErrorCode; message: string; id: string | undefined }

/**
 * Reads what a client sent. Never throws: whatever the text, the answer is a frame or one refusal that says what to do.
 */
export function readUpFrame(text: string): ReadFrame {
  const parsed = parseJson(text)
  return parsed.ok ? checkUpFrame(parsed.value) : refuse('bad-frame', 'This is not JSON.', undefined)
}

/** The same for a frame that is parsed already. */
export function checkUpFrame(value: unknown): ReadFrame {
  if (!isRecord(value))
    return refuse('bad-frame', 'A frame is one JSON object with a messageType.', undefined)
  const id = readId(value)
  const shape = shapeProblem(value, 1)
  if (shape !== undefined) return refuse('bad-frame', shape, id)
  const type = value['messageType']
  if (typeof type !== 'string') return refuse('bad-frame', 'A frame needs a messageType.', id)
  if (!MESSAGE_TYPES.has(type)) return refuse('unknown-type', 'This messageType is not known.', id)
  const frame = upFrame.safeParse(value)
  return frame.success ? { ok: true, frame: frame.data } : refuse('bad-frame', describe(frame.error), id)
}

function refuse(code: ErrorCode, message: string, id: string | undefined): ReadFrame {
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
