/** Whose event is being handled. */
export interface Caller {
  readonly connectionId: string
  /** API Gateway's request id; runs through hand-offs, pushes and all logs. */
  readonly traceId: string
}
