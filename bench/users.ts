import type { Account } from '../local/prosody/accounts.ts'

/** One for all, so that it is derived once; to a login it is a password like any other. */
export const PASSWORD = 'a-bench-password'

export function userName(index: number): string {
  return `bench${index}`
}

export function accounts(count: number): Account[] {
  return Array.from({ length: count }, (_, index) => ({ username: userName(index), password: PASSWORD }))
}
