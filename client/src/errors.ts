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

/** The error for what went wrong underneath; its message is that of the cause, which is an Error or has none. */
export function failure(code: string, cause: unknown): ClientError {
  return new ClientError(code, cause instanceof Error ? cause.message : code, { cause })
}

/** What a program goes by; `failed` for whatever is no ClientError. */
export function codeOf(error: unknown): string {
  return error instanceof ClientError ? error.code : 'failed'
}
