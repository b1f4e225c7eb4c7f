import type { JoinSuccess } from '../../../shared/wire/frames/session.ts'

export const SESSION_ID = `s_${'a'.repeat(22)}`

export function tokenOf(sessionId: string): string {
  return `${sessionId}.${'t'.repeat(43)}`
}

export const LIMITS = {
  maxFrameBytes: 28_000,
  maxContentBytes: 8192,
  framesPerSecond: 20,
  burst: 200,
  pingMs: 240_000,
  maxBatchBytes: 28_672,
  maxTextBytes: 65_536,
  window: 32,
  windowBytes: 131_072,
  rollMs: 6_600_000,
  reconnectSpreadMs: 30_000,
}

type Changes = Partial<Omit<JoinSuccess, 'sequence'>> & {
  readonly sequence?: Partial<NonNullable<JoinSuccess['sequence']>>
}

/** JOIN_SUCCESS of a sequenced session that begins, but for the changes. */
export function joinSuccess({ sequence, ...changes }: Changes = {}): JoinSuccess {
  const sessionId = changes.sessionId ?? SESSION_ID
  return {
    messageType: 'JOIN_SUCCESS',
    to: 'ann',
    jid: 'ann@example.org/x',
    sessionId,
    registered: false,
    features: { resume: true, archive: false },
    limits: LIMITS,
    ...changes,
    sequence: {
      token: tokenOf(sessionId),
      stream: 1,
      epoch: 1,
      seq: 0,
      ack: 0,
      resumed: false,
      ...sequence,
    },
  }
}

export function message(text: string, more: object = {}) {
  return {
    messageType: 'NEW_MESSAGE',
    from: 'jose@example.org',
    to: 'ann@example.org',
    content: text,
    timestamp: '2026-01-02T03:04:05.000Z',
    ...more,
  }
}
