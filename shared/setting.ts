/** What a setting may be; settings.ts has them all. */

export type Reader = 'local' | 'functions' | 'worker' | 'deploy'

export interface NumberSetting {
  readonly kind: 'number'
  readonly default: number
  readonly from: number
  readonly to: number
  readonly unit?: string
}
interface TextSetting {
  readonly kind: 'text'
  /** undefined: must be given. */
  readonly default: string | undefined
}
interface ChoiceSetting<Choice extends string> {
  readonly kind: 'choice'
  /** undefined: must be chosen. */
  readonly default: Choice | undefined
  readonly choices: readonly Choice[]
}
interface About<R extends Reader = Reader> {
  readonly readBy: readonly R[]
  readonly doc: string
}
export type Setting = (NumberSetting | TextSetting | ChoiceSetting<string>) & About

type Range = Pick<NumberSetting, 'from' | 'to' | 'unit'>

/** A whole number. */
export function number<const R extends Reader>(
  fallback: number,
  range: Range,
  readBy: readonly R[],
  doc: string,
): NumberSetting & About<R> {
  return { kind: 'number', default: fallback, ...range, readBy, doc }
}

/** Any text; without a fallback it must be given. */
export function text<const R extends Reader>(
  fallback: string | undefined,
  readBy: readonly R[],
  doc: string,
): TextSetting & About<R> {
  return { kind: 'text', default: fallback, readBy, doc }
}

/** One of a few words; without a fallback it must be given. */
export function choice<const C extends string, const R extends Reader>(
  fallback: NoInfer<C> | undefined,
  choices: readonly C[],
  readBy: readonly R[],
  doc: string,
): ChoiceSetting<C> & About<R> {
  return { kind: 'choice', default: fallback, choices, readBy, doc }
}
