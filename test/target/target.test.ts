import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PARTS, planFor, planText } from './parts.ts'
import { BadTarget, readTarget, TARGETS, type Target } from './target.ts'

const AWS = {
  TARGET: 'aws',
  STANZAGATE_URL: 'wss://a1b2.execute-api.eu-central-1.amazonaws.com/live',
  STANZAGATE_ACCOUNTS: 'ana:secret,ben:with:colons',
  XMPP_DOMAIN: 'example.org',
}
const always = () => true

function refusal(env: Record<string, string>): string {
  try {
    readTarget(env)
  } catch (error) {
    if (error instanceof BadTarget) return error.message
  }
  return 'no refusal'
}

describe('TARGET', () => {
  test('[TG1] nothing said is local', () => {
    expect(readTarget({})).toEqual({ name: 'local' })
    expect(readTarget({ TARGET: '' })).toEqual({ name: 'local' })
  })

  test('[TG2] another word is refused, with every value there is and what it needs', () => {
    const message = refusal({ TARGET: 'azure' })
    for (const [name, needs] of Object.entries(TARGETS)) {
      expect(message).toContain(name)
      expect(message).toContain(needs)
    }
  })

  test('[TG3] aws is an address, accounts and a domain, and where ordinary clients sign in if that is known', () => {
    const accounts = [
      { username: 'ana', password: 'secret' },
      { username: 'ben', password: 'with:colons' },
    ]
    const target = { name: 'aws', url: AWS.STANZAGATE_URL, domain: 'example.org', accounts }
    expect(readTarget(AWS)).toEqual({ ...target, xmpp: undefined })
    const xmpp = (url: string) => ({ ...AWS, STANZAGATE_XMPP_URL: url })
    const host = 'xmpp.example.org'
    expect(readTarget(xmpp(`xmpps://${host}`))).toMatchObject({ xmpp: { host, tlsPort: 5223 } })
    expect(readTarget(xmpp(`xmpp://${host}:5299`))).toMatchObject({ xmpp: { host, port: 5299 } })
  })

  test.each(['STANZAGATE_URL', 'STANZAGATE_ACCOUNTS', 'XMPP_DOMAIN'] as const)(
    '[TG4] aws without %s is refused, and nothing else is said to be missing',
    name => {
      const { [name]: _, ...env } = AWS
      expect(refusal(env).match(/^ {2}\w+/gm)).toEqual([`  ${name}`])
    },
  )

  test.each([
    ['STANZAGATE_URL', 'https://example.org'],
    ['STANZAGATE_ACCOUNTS', 'ana:secret'],
    ['STANZAGATE_ACCOUNTS', 'ana,ben'],
    ['STANZAGATE_XMPP_URL', 'https://example.org'],
  ])('[TG5] aws with %s=%s is refused', (name, value) => {
    expect(refusal({ ...AWS, [name]: value })).toContain(`  ${name} `)
  })

  test('[TG6] no refusal shows a password', () => {
    const env = { ...AWS, STANZAGATE_ACCOUNTS: 'ana:secret', STANZAGATE_URL: 'nowhere' }
    expect(refusal(env)).not.toContain('secret')
  })
})

describe('what runs where', () => {
  const targets = Object.keys(TARGETS).map(name => readTarget({ ...AWS, TARGET: name }))

  test('[TG7] every file of the suite has its place', () => {
    const listed = PARTS.map(({ file }) => file).filter(file => file.startsWith('test/integration/'))
    expect(listed.toSorted()).toEqual(globSync('test/integration/**/*.test.ts').toSorted())
  })

  test('[TG8] every part runs on some target, and every target runs some part', () => {
    const plans = targets.map(target => planFor(target, always).files)
    expect(new Set(plans.flat()).size).toBe(PARTS.length)
    for (const files of plans) expect(files).not.toEqual([])
  })

  test.each(targets)('[TG9] a table says what runs on $name, and what does not and why', target => {
    const plan = planFor(target, always)
    expect(plan.files.length + plan.skipped.length).toBe(PARTS.length)
    const [head, , runs, ...skipped] = planText(target, plan).split('\n')
    expect(head).toBe(`| on ${target.name} | parts | why |`)
    for (const file of plan.files) expect(runs).toContain(nameOf(file))
    for (const { file, why } of plan.skipped)
      expect(skipped).toContainEqual(
        expect.stringMatching(
          new RegExp(`^\\| skipped \\| (.*, )?${nameOf(file)}(,.*)? \\| ${escaped(why)} \\|$`),
        ),
      )
  })

  test('[TG10] on aws ordinary clients take part when it is said where', () => {
    const ordinary = 'test/integration/ordinary.test.ts'
    expect(planFor(readTarget(AWS)).files).not.toContain(ordinary)
    const reached = readTarget({ ...AWS, STANZAGATE_XMPP_URL: 'xmpps://xmpp.example.org' })
    expect(planFor(reached).files).toContain(ordinary)
  })

  test('[TG11] where an emulator is not installed nothing runs, and it is said how to learn why', () => {
    const target: Target = { name: 'ministack' }
    const plan = planFor(target, () => false)
    expect(plan.files).toEqual([])
    const text = planText(target, plan)
    expect(text).toContain('| runs | nothing |')
    expect(text).toContain('node local/setup.mjs --with=ministack')
  })
})

function nameOf(file: string): string {
  return file.replace('test/integration/', '').replace('.test.ts', '')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
