/** What must never happen, whatever dies. */
export const rules = {
  lost: 'An acknowledged message is shown to its recipient, or the recipient is told of a gap.',
  doubled: 'No message is shown twice, not even across a reload.',
  reordered: 'What one user sends to another within one session is shown in the order in which it was sent.',
  stale: 'Nothing is taken from a worker after a later one has spoken.',
  'stale-write': 'The store takes nothing about a session from a worker that does not own it by then.',
  forgotten: 'What was sent ends as acknowledged, failed or unsure; it does not stay without an end.',
  invented: 'Nothing is shown that nobody sent, nor to anybody else.',
  damaged: 'What is shown is what was sent, whole, under the name of who sent it.',
  presence: 'A contact is never shown as it was before; at the end as it last said it is, or as unknown.',
} as const
export type Rule = keyof typeof rules

export interface Violation {
  readonly rule: Rule
  /** Whose client it shows at. */
  readonly client: string
  readonly key?: string
  /** When, in milliseconds of the machine's clock. */
  readonly at: number
  readonly what: string
}
