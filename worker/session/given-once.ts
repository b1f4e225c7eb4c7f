import type { Credential } from '../xmpp/stream.ts'

/**
 * The credential of a JOIN for the first login alone, and not kept for the life of the session that begins with it: who asks
 * again is told that there is none any more. What logs in later comes from that login (Stream.credential).
 */
export function givenOnce(credential: Credential): () => Promise<Credential | undefined> {
  let left: Credential | undefined = credential
  return async () => {
    const given = left
    left = undefined
    return given
  }
}
