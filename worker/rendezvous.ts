import { createHash } from 'node:crypto'

/**
 * Highest random weight: every worker, asked alone, names the same one of `workerIds` for a session, and with one of them
 * gone only its own share is spread anew. Undefined when there is none.
 */
export function rendezvous(sessionId: string, workerIds: readonly string[]): string | undefined {
  let best: { readonly workerId: string; readonly weight: bigint } | undefined
  for (const workerId of workerIds) {
    const weight = weigh(sessionId, workerId)
    // Equal weights need no rule: 64 bits of them never meet.
    if (best === undefined || weight > best.weight) best = { workerId, weight }
  }
  return best?.workerId
}

function weigh(sessionId: string, workerId: string): bigint {
  return createHash('sha256').update(`${workerId} ${sessionId}`).digest().readBigUInt64BE()
}
