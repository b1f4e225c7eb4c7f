import { BadSetting, namesReadBy, type readSettings } from '../shared/config.ts'
import type { Setting } from '../shared/setting.ts'
import { settings } from '../shared/settings.ts'

type Part = 'functions' | 'worker'
type Given<P extends Part> = Partial<ReturnType<typeof readSettings<P>>>

/**
 * The environment of a part: every setting that it reads, as given or with its default, so that a later default changes
 * nothing that runs. What is empty is left out, which `readSettings` takes for the same.
 * @throws BadSetting for a setting without a default that is not given.
 */
export function environmentOf<P extends Part>(part: P, given: Given<P>): Record<string, string> {
  const values: Readonly<Record<string, string | number | undefined>> = given
  const entries = namesReadBy(part).flatMap((name: keyof typeof settings) => {
    const setting: Setting = settings[name]
    const value = values[name] ?? setting.default
    if (value === undefined) throw new BadSetting(name, 'must be given')
    return value === '' ? [] : [[name, String(value)] as const]
  })
  return Object.fromEntries(entries)
}
