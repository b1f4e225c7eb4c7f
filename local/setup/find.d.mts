/** Types of find.mjs, which is plain JavaScript because it runs before anything is installed. */
export function findOnPath(program: string, env?: NodeJS.ProcessEnv): string | undefined
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined
