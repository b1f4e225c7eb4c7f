import type { Client, SentMessage } from './types.ts'

/** The client that one tab runs for all of them. */
export interface TabCore extends Client {
  /** What ids of this device begin with. */
  readonly device: string
  /**
   * As `send`, under an id that a tab has made: once for each id, however often it is asked and of whichever leader.
   * Resolves when it is kept.
   */
  sendAs(message: Pick<SentMessage, 'id' | 'to' | 'content'>): Promise<void>
  /** As `discard`; nothing when it was done already, or the message is settled by now. */
  discardAs(id: string): Promise<void>
  /** Ends at once: nothing more is said, told or kept, because another client has the store. */
  abandon(): void
}
