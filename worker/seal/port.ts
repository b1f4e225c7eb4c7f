import type { Credential } from '../xmpp/stream.ts'

/** What a sealed credential is bound to: moved to another row it does not open. */
export interface SealContext {
  readonly sessionId: string
  readonly username: string
}

/** Credentials at rest. Only a worker opens them. */
export interface Seal {
  /** @throws what the key service throws. */
  seal(credential: Credential, context: SealContext): Promise<string>
  /** @throws SealBroken when it is not what was sealed for this context; what the key service throws. */
  open(sealed: string, context: SealContext): Promise<Credential>
}

/** A sealed credential does not open: another key, another row, or it was changed. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}
