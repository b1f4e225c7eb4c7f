import { expect, test } from 'vitest'
import { bcryptPasswords, passwordProblem } from '../../functions/password.ts'

const passwords = bcryptPasswords(4)

test('[PW1] a password matches its own hash and no other', async () => {
  const hash = await passwords.hash('contraseña 😀')
  expect(hash).toMatch(/^\$2b\$04\$/)
  expect(await passwords.matches('contraseña 😀', hash)).toBe(true)
  expect(await passwords.matches('contrasena 😀', hash)).toBe(false)
})

test('[PW2] nothing matches when there is no hash', async () => {
  expect(await passwords.matches('', undefined)).toBe(false)
  expect(await passwords.matches('pass', undefined)).toBe(false)
})

test('[PW3] what is no hash matches nothing', async () => {
  expect(await passwords.matches('pass', 'pass')).toBe(false)
  expect(await passwords.matches('', '')).toBe(false)
})

test.each([
  ['72 letters', 'x'.repeat(72)],
  ['18 emoji of 4 bytes', '😀'.repeat(18)],
  ['24 characters of 3 bytes', '€'.repeat(24)],
])('[PW4] 72 bytes are taken, and the last of them counts: %s', async (_, password) => {
  expect(Buffer.byteLength(password)).toBe(72)
  expect(passwordProblem(password)).toBeUndefined()
  const hash = await passwords.hash(password)
  const other = password.startsWith('x')
    ? `${password.slice(0, -1)}y`
    : `${Array.from(password).slice(0, -1).join('')}¢`
  expect(await passwords.matches(password, hash)).toBe(true)
  expect(await passwords.matches(other, hash)).toBe(false)
})

test.each([
  ['73 letters', 'x'.repeat(73)],
  ['18 emoji and a letter', `${'😀'.repeat(18)}x`],
  ['an emoji over the edge', `${'x'.repeat(71)}😀`],
  ['37 characters of 2 bytes', 'é'.repeat(37)],
])('[PW5] more than 72 bytes are refused in words, since bcrypt would not read them: %s', (_, password) => {
  expect(passwordProblem(password)).toMatch(/72 bytes/)
})

test.each([
  ['NUL', 'pass\0word'],
  ['a tab', 'pass\tword'],
  ['a control character of Latin-1', 'pass\u0085word'],
  ['U+FFFF', 'pass\uffffword'],
  ['a high surrogate alone', 'pass\ud83d'],
  ['a low surrogate alone', '\ude00pass'],
])(
  '[PW6] what other programs would read as another password, or not at all, is refused: %s',
  (_, password) => {
    expect(passwordProblem(password)).toBeDefined()
  },
)
