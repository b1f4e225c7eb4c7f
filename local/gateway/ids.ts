/** A source of randomness in [0, 1), as Math.random. */
export type Random = () => number

/**
 * An id as the gateway gives to connections, requests and messages: 15 characters and a `=`, which callers
 * must encode in a URL.
 */
export function gatewayId(random: Random): string {
  return `${Buffer.from(randomBytes(random, 11)).toString('base64url')}=`
}

/** `X-Amzn-Trace-Id` of a request that brought none: AWS X-Ray, "Tracing header". */
export function xrayId(random: Random, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return `Root=1-${seconds}-${Buffer.from(randomBytes(random, 12)).toString('hex')}`
}

function randomBytes(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => Math.floor(random() * 256))
}
