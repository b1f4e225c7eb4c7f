import { ClientError } from './errors.ts'
import type { TabFault } from './tabs-messages.ts'

/** An error, for the way to another tab. */
export function faultOf(error: unknown): TabFault {
  if (error instanceof ClientError) return { code: error.code, message: error.message }
  return { code: 'failed', message: error instanceof Error ? error.message : String(error) }
}

/** An error that came from another tab. */
export function errorOf({ code, message }: TabFault): ClientError {
  return new ClientError(code, message)
}
