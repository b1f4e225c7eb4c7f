import { inject } from 'vitest'

/** Before each file: what the target's set-up has to say goes where everybody looks for it. */
Object.assign(process.env, inject('targetEnvironment'))
