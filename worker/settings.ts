import type { readSettings } from '../shared/config.ts'

export type WorkerSettings = ReturnType<typeof readSettings<'worker'>>
