/**
 * Something that was asked for did not happen. `code` is one of the wire's, or of the client's own: `timeout`, `closed`,
 * `outbox-full`, `unknown-message`, `store-failed`, `listener-failed`, `locks-refused`. `message` is for people.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string

  constructor(code: string, message: string = code, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What a program goes by; `failed` for whatever is no ClientError. */
export function codeOf(error: unknown): string {
  return error instanceof ClientError ? error.code : 'failed'
}
