import { expect, test } from 'vitest'
import { environmentOf } from '../../infra/environment.ts'
import { namesReadBy, readSettings } from '../../shared/config.ts'
import { settings } from '../../shared/settings.ts'
import { deploymentWith } from './bridge.ts'

const deployment = deploymentWith({ BCRYPT_COST: '11' })

test('[EV1] the environment of a part has every setting that it reads and no other', () => {
  const names = namesReadBy('functions').filter(name => environment()[name] !== undefined)
  const empty = namesReadBy('functions').filter(
    name => settings[name].default === '' && name !== 'ALLOWED_ORIGINS',
  )
  expect(Object.keys(environment())).toEqual(names)
  expect([...names, ...empty].toSorted()).toEqual([...namesReadBy('functions')].toSorted())
})

test('[EV2] the part reads from it what was given, and the defaults as they are now', () => {
  const read = readSettings('functions', environment())
  expect(read).toMatchObject({ REGISTRATION: 'closed', BCRYPT_COST: 11, ATTEMPTS_TABLE: 'attempts' })
  expect(environment()).toMatchObject({ ATTEMPTS_PER_USER: '10', LOG_LEVEL: 'info' })
})

test('[EV3] what is empty is left out', () => {
  expect(environmentOf('functions', { ...deployment, ALLOWED_ORIGINS: '' })).not.toHaveProperty(
    'ALLOWED_ORIGINS',
  )
})

test('[EV4] what must be given is missed at once', () => {
  expect(() => environmentOf('worker', deployment)).toThrow('The setting MANAGEMENT_ENDPOINT must be given')
})

function environment(): Record<string, string> {
  return environmentOf('functions', { ...deployment, ATTEMPTS_TABLE: 'attempts' })
}
