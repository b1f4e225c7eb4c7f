/** One DynamoDB table, defined once for the infrastructure, the local store and the tests. */
export interface TableDefinition {
  readonly name: string
  /** The partition key, a string; no table has a sort key. */
  readonly key: string
  /** Seconds since 1970. TTL only collects garbage: every reader checks expiry itself. */
  readonly ttl?: string
  /** Keys-only indexes, eventually consistent. */
  readonly indexes?: readonly { readonly name: string; readonly key: string }[]
}

/** Seconds since 1970, the unit of DynamoDB's TTL. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
