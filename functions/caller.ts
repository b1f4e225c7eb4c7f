/** Whose event is being handled. */
export interface Caller {
  readonly connectionId: string
  /** API Gateway's request id; goes with each hand-off, and stands in the logs of both its sides. */
  readonly traceId: string
}
