/** A token bucket as a value: `rate` tokens a second, at most `burst` saved up. */
export interface Bucket {
  readonly tokens: number
  /** Monotonic milliseconds of the last look. */
  readonly atMs: number
}

export interface BucketLimits {
  readonly rate: number
  readonly burst: number
}

export type Take = { ok: true; bucket: Bucket } | { ok: false; bucket: Bucket; retryAfterMs: number }

/** What a session starts with: a whole burst. */
export function fullBucket(limits: BucketLimits, nowMs: number): Bucket {
  return { tokens: limits.burst, atMs: nowMs }
}

/** Takes one token, or says in how many milliseconds there will be one. */
export function take(bucket: Bucket, limits: BucketLimits, nowMs: number): Take {
  const grown = Math.min(limits.burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * limits.rate)
  if (grown >= 1) return { ok: true, bucket: { tokens: grown - 1, atMs: nowMs } }
  const retryAfterMs = Math.ceil(((1 - grown) / limits.rate) * 1000)
  return { ok: false, bucket: { tokens: grown, atMs: nowMs }, retryAfterMs }
}
