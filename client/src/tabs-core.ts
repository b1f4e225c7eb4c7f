import type { Client, SentMessage } from './types.ts'

/** The client that one tab runs for all of them. */
export interface TabCore extends Client {
  /** What ids of this device begin with. */
  readonly device: string
  /** As `send`, under an id that a tab has made: once for each id, however often it is asked. */
  sendAs(id: string, message: { readonly to: string; readonly content: string }): SentMessage
  /** Ends at once: nothing more is said, told or kept, because another client has the store. */
  abandon(): void
}
