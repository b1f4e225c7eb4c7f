import type { NumberSetting, Reader, Setting } from './setting.ts'
import { settings, type SettingName } from './settings.ts'

type ValueOf<S extends Setting> = S extends { kind: 'number' }
  ? number
  : S extends { choices: readonly (infer C)[] }
    ? C
    : string
export type Values<Name extends SettingName> = { readonly [N in Name]: ValueOf<(typeof settings)[N]> }
type NamesReadBy<R extends Reader> = {
  [N in SettingName]: R extends (typeof settings)[N]['readBy'][number] ? N : never
}[SettingName]

/** A setting is missing or wrong; the message says which, what was expected, and never the value of another. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting'
  readonly setting: string
  constructor(setting: string, expected: string) {
    super(`The setting ${setting} ${expected}.`)
    this.setting = setting
  }
}

/** The names of the settings that a part reads. */
export function namesReadBy<R extends Reader>(reader: R): readonly NamesReadBy<R>[] {
  return (Object.keys(settings) as SettingName[]).filter((name): name is NamesReadBy<R> =>
    (settings[name].readBy as readonly Reader[]).includes(reader),
  )
}

/**
 * Reads what a part needs from its environment.
 * @throws BadSetting for the first setting that is missing or out of its range.
 */
export function readSettings<R extends Reader>(
  reader: R,
  env: Readonly<Record<string, string | undefined>>,
): Values<NamesReadBy<R>> {
  const entries = namesReadBy(reader).map(name => [name, readOne(name, settings[name], env[name])])
  return Object.fromEntries(entries) as Values<NamesReadBy<R>>
}

function readOne(name: string, setting: Setting, given: string | undefined): string | number {
  if (given === undefined || given === '') {
    if (setting.default === undefined) throw new BadSetting(name, `must be given: ${setting.doc}`)
    return setting.default
  }
  switch (setting.kind) {
    case 'text':
      return given
    case 'choice':
      if (setting.choices.includes(given)) return given
      throw new BadSetting(name, `must be one of ${setting.choices.join(', ')}`)
    case 'number':
      return readNumber(name, setting, given)
  }
}

function readNumber(name: string, setting: NumberSetting, given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= setting.from && value <= setting.to) return value
  throw new BadSetting(name, `must be a whole number from ${setting.from} to ${setting.to}`)
}
