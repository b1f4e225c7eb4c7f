import { expect, test } from 'vitest'
import { BadSetting } from '../../shared/config.ts'
import { readDomain, readTarget } from '../../worker/target.ts'

test.each([
  [
    'xmpp://chat.example.org:5222',
    'required',
    { host: 'chat.example.org', port: 5222, security: 'starttls' },
  ],
  ['xmpp://chat.example.org', 'required', { host: 'chat.example.org', port: 5222, security: 'starttls' }],
  ['xmpps://chat.example.org', 'required', { host: 'chat.example.org', port: 5223, security: 'direct-tls' }],
  ['xmpps://[::1]:443', 'off', { host: '::1', port: 443, security: 'direct-tls' }],
  ['xmpp://127.0.0.1:5222', 'off', { host: '127.0.0.1', port: 5222, security: 'none' }],
] as const)('[TA1] %s with TLS %s', (url, tls, expected) => {
  expect(readTarget(url, 'example.org', tls, undefined)).toMatchObject({ ...expected, domain: 'example.org' })
})

test.each(['', 'chat.example.org', 'https://chat.example.org', 'xmpp://', 'xmpp:chat'])(
  '[TA2] "%s" is refused with a sentence that says what to write',
  url => {
    expect(() => readTarget(url, 'example.org', 'required', undefined)).toThrow(BadSetting)
  },
)

test('[TA3] the domain is compared in the form that the server writes, however the setting writes it', () => {
  expect(readDomain('Example.ORG')).toBe('example.org')
  expect(readDomain('xn--bcher-kva.example')).toBe('bücher.example')
  expect(() => readDomain('not a domain')).toThrow('XMPP_DOMAIN')
})
