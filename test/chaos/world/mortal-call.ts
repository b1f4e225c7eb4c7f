import * as z from 'zod/mini'

/** Names the file of the handler that a mortal process runs. */
export const HANDLER_FILE = 'CHAOS_HANDLER_FILE'

/** What a mortal process is called with: what its handler gets, and whether the process dies of it. */
export const mortalCall = z.object({ event: z.unknown(), dies: z.boolean() })
export type MortalCall = z.infer<typeof mortalCall>
