import { expect, test } from 'vitest'
import { mayConnect, parseAllowedOrigins } from '../../functions/origin.ts'

const allowed = parseAllowedOrigins(
  'https://chat.example.org, http://intra.example:8080,capacitor://localhost',
)
const local = parseAllowedOrigins('loopback')

test.each(['https://chat.example.org', 'http://intra.example:8080', 'capacitor://localhost'])(
  '[OR1] a listed origin may connect: %s',
  origin => expect(mayConnect([origin], allowed)).toBe(true),
)

test('[OR2] programs, which send no Origin, may connect whatever is listed', () => {
  expect(mayConnect([], allowed)).toBe(true)
  expect(mayConnect([], parseAllowedOrigins(''))).toBe(true)
})

test.each([
  'null',
  '',
  '*',
  'https://evil.example',
  'http://chat.example.org',
  'https://chat.example.org.evil.example',
  'https://evil.example/?https://chat.example.org',
  'https://evilchat.example.org',
  'https://xchat.example.org',
  'https://sub.chat.example.org',
  'https://chat.example.org:443',
  'https://chat.example.org:8443',
  'https://chat.example.org/',
  'https://chat.example.org.',
  'https://CHAT.example.org',
  'HTTPS://chat.example.org',
  ' https://chat.example.org',
  'https://chat.example.org, https://evil.example',
  'https://user@chat.example.org',
  'https://chat.example.org@evil.example',
  'https://chat.example.org%00.evil.example',
  'https://chat.exаmple.org',
  'chat.example.org',
  'http://intra.example',
  'http://localhost',
])('[OR3] nothing else may: %j', origin => expect(mayConnect([origin], allowed)).toBe(false))

test('[OR4] two Origin headers are one too many, even when both are listed', () => {
  expect(mayConnect(['https://chat.example.org', 'https://chat.example.org'], allowed)).toBe(false)
  expect(mayConnect(['https://chat.example.org', 'https://evil.example'], allowed)).toBe(false)
})

test.each([
  'http://localhost',
  'http://localhost:3000',
  'https://localhost:8443',
  'http://127.0.0.1:5173',
  'https://127.0.0.1',
  'http://[::1]:8080',
])('[OR5] the word loopback lets any page of this machine in: %s', origin => {
  expect(mayConnect([origin], local)).toBe(true)
})

test.each([
  'null',
  'loopback',
  'http://localhost.evil.example',
  'http://evil.example:localhost',
  'http://localhost@evil.example',
  'http://evil.example#localhost',
  'http://localhost:3000/',
  'http://localhost:80',
  'http://LOCALHOST:3000',
  'http://127.0.0.2:3000',
  'http://127.1:3000',
  'http://2130706433',
  'http://0.0.0.0:3000',
  'http://[::ffff:127.0.0.1]:3000',
  'http://[::]:3000',
  'http://[0:0:0:0:0:0:0:1]:3000',
  'ftp://localhost',
  'file://localhost',
  'ws://localhost',
  'capacitor://localhost',
])('[OR6] and nobody who only looks like one: %j', origin => expect(mayConnect([origin], local)).toBe(false))

test('[OR7] the word and origins stand beside each other; spaces and empty entries do not matter', () => {
  const both = parseAllowedOrigins(' loopback ,, https://chat.example.org ,')
  expect(mayConnect(['http://localhost:1'], both)).toBe(true)
  expect(mayConnect(['https://chat.example.org'], both)).toBe(true)
  expect(mayConnect(['https://evil.example'], both)).toBe(false)
})

test.each([
  '*',
  'null',
  'chat.example.org',
  'https://chat.example.org/',
  'https://chat.example.org/path',
  'https://*.example.org',
  'https://CHAT.example.org',
  'https://chat.example.org:443',
  'Loopback',
])('[OR8] a setting that no browser could match is refused at once: %s', entry => {
  expect(() => parseAllowedOrigins(`https://ok.example,${entry}`)).toThrow(
    /ALLOWED_ORIGINS must list origins/,
  )
})
