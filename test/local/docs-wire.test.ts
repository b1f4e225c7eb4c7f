import { readFile } from 'node:fs/promises'
import specs from '@asyncapi/specs'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { generated, pathOf } from '../../local/docs.ts'
import { asyncApi } from '../../local/docs/asyncapi.ts'
import { schemaHash, wireMessages, wireSchema } from '../../local/docs/schema.ts'
import { readUp } from '../../shared/wire/read.ts'
import { WIRE_VERSIONS } from '../../shared/wire/version.ts'

const ajv = new Ajv2020({ strict: true, allErrors: false })
ajv.addSchema(wireSchema(), 'wire')

/** What `$defs` of the direction the frame fits. */
function fits(direction: 'up' | 'down', value: unknown): readonly string[] {
  const names = wireMessages.filter(message => message.direction === direction).map(({ name }) => name)
  return names.filter(name => ajv.validate(`wire#/$defs/${name}`, value))
}

/** The frames in PROTOCOL.md: lines of code blocks that begin with an arrow, with what is indented under them. */
async function examples(): Promise<readonly { direction: 'up' | 'down'; text: string }[]> {
  const document = await readFile(pathOf('PROTOCOL.md'), 'utf8')
  const blocks = [...document.matchAll(/^```\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const frames = blocks.flatMap(block => block.split(/^(?=[→←])/m)).filter(frame => /^[→←] \{/.test(frame))
  return frames.map(frame => ({ direction: frame.startsWith('→') ? 'up' : 'down', text: frame.slice(2) }))
}

test.each(Object.entries(generated))(
  '[DO2] %s is that of the code (npm run docs makes it)',
  async (file, make) => {
    expect(JSON.parse(await readFile(pathOf(file), 'utf8'))).toEqual(JSON.parse(JSON.stringify(make())))
  },
)

test('[DO3] the wire does not change without a new version', () => {
  const newest = WIRE_VERSIONS.at(-1)
  expect(newest?.schema, 'add a line with this hash to WIRE_VERSIONS in shared/wire/version.ts').toBe(
    schemaHash(),
  )
  const numbers = WIRE_VERSIONS.map(({ protocol, minor }) => protocol * 1000 + minor)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
})

test('[DO4] the AsyncAPI document is one', () => {
  const check = new Ajv({ strict: false, validateFormats: false })
  const valid = check.validate(specs.schemasWithoutId['3.0.0'], asyncApi())
  expect(check.errors ?? []).toEqual([])
  expect(valid).toBe(true)
})

test('[DO5] every frame has a summary', () => {
  expect(wireMessages.filter(({ summary }) => summary === '')).toEqual([])
})

describe('[DO6] the examples of PROTOCOL.md are frames of the wire', async () => {
  const all = await examples()

  test('there are some in both directions', () => {
    expect(new Set(all.map(({ direction }) => direction))).toEqual(new Set(['up', 'down']))
  })

  test.each(all)('$direction $text', ({ direction, text }) => {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !('messageType' in value) && 'message' in value) return
    expect(fits(direction, value)).toHaveLength(1)
    if (direction === 'up') expect(readUp(text).ok).toBe(true)
  })
})
