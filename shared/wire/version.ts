interface WireVersion {
  /** What JOIN names as `protocol`. Raised when a client of the version before would break. */
  readonly protocol: number
  /** Raised with everything that is added. */
  readonly minor: number
  /** SHA-256 of the JSON Schema in docs/, so that nothing changes without a new line here. */
  readonly schema: string
}

/** Every version of the wire that was released, newest last. Lines are added, never edited. */
export const WIRE_VERSIONS: readonly [WireVersion, ...WireVersion[]] = [
  { protocol: 1, minor: 0, schema: 'I27gpwSpzUrZ-rXu8vuyv16i6JNVYnn2IBETlTZxFrM' },
]

/** The version that this code speaks, as `protocol.minor`. */
export const WIRE_VERSION = WIRE_VERSIONS.map(({ protocol, minor }) => `${protocol}.${minor}`).at(-1) ?? ''
