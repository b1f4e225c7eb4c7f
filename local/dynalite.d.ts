/** dynalite 4 has no types; this is the part that is used here. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  interface DynaliteOptions {
    /** A LevelDB folder; in memory when absent. */
    path?: string
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }

  /** The server does not listen yet. Its `close` closes the store as well. */
  export default function dynalite(options?: DynaliteOptions): Server
}
