/** The part of tr46 7 that is used here; the package carries no types. */
declare module 'tr46' {
  /** What UTS 46 section 4 leaves to the caller; each is false when absent. */
  interface Options {
    readonly checkBidi?: boolean
    readonly checkHyphens?: boolean
    readonly checkJoiners?: boolean
    readonly useSTD3ASCIIRules?: boolean
  }

  export function toUnicode(
    domainName: string,
    options?: Options,
  ): { readonly domain: string; readonly error: boolean }

  /** Null when the name cannot be converted. */
  export function toASCII(domainName: string, options?: Options): string | null
}
