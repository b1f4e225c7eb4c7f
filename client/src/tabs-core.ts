import type { Emit } from './emitter.ts'
import type { Client, SentMessage, Snapshot } from './types.ts'

type Method =
  | 'connect'
  | 'addContact'
  | 'removeContact'
  | 'answerSubscription'
  | 'history'
  | 'close'
  | 'leave'

/** What the client says. */
export interface CorePorts {
  readonly emit: Emit
  /** What ids begin with, unless the store knows the device by another name. */
  readonly device: string
  /** These parts of its snapshot are other ones. */
  readonly changed: (changes: Partial<Snapshot>) => void
}

/** The client that one tab runs for all of them. */
export interface TabCore extends Pick<Client, Method> {
  /** What ids of this device begin with. */
  readonly device: string
  /**
   * As `send`, under an id that a tab has made: once for each id, however often it is asked and of whichever leader.
   * Resolves when it is kept.
   */
  sendAs(message: Pick<SentMessage, 'id' | 'to' | 'content'>): Promise<void>
  /** As `discard`; nothing when it was done already, or the message is settled by now. */
  discardAs(id: string): Promise<void>
  markDisplayed(...args: Parameters<Client['markDisplayed']>): Promise<void>
  setTyping(...args: Parameters<Client['setTyping']>): Promise<void>
  setPresence(...args: Parameters<Client['setPresence']>): Promise<void>
  /** Ends at once: nothing more is said, told or kept, because another client has the store. */
  abandon(): void
}
