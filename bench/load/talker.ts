/** Somebody who is signed in and talks, by whichever way. */
export interface Talker {
  readonly username: string
  send(to: string, text: string): void
  /** Takes each text that comes. */
  onText: (text: string) => void
}
