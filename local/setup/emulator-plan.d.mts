/** Types of emulator-plan.mjs, which is plain JavaScript because it runs before anything is installed. */
export type Emulator = 'localstack' | 'ministack'

export const DYNAMODB_LOCAL: { package: string; integrity: string }
export const LEAST_JAVA: number
export const COMPLETE: string
export function emulatorOf(name: Emulator): { title: string; requirements: string; pythons: string[] }
export function folderOf(name: Emulator): string
export function pythonCandidates(
  pythons: readonly string[],
  pyenvRoot: string,
  installed: readonly string[],
): string[]
export function javaMajor(text: string): number
export const PROBED: string
export function unreachableReason(output: string): string | undefined
export function lacking(
  title: string,
  why: string,
  facts: { unreachable: boolean; inCi: boolean },
): { kind: 'skip' | 'refuse'; sentence: string }
