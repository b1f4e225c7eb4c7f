import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format } from 'oxfmt'
import { costTables } from '../infra/cost/page.ts'
import type { Setting } from '../shared/setting.ts'
import { settings } from '../shared/settings.ts'
import { errorCodes, forbiddenCodes, leaveCodes, type CodeEntry } from '../shared/wire/codes.ts'
import { asyncApi, SCHEMA_FILE } from './docs/asyncapi.ts'
import { wireSchema } from './docs/schema.ts'

/**
 * `npm run docs`: the tables of README.md, PROTOCOL.md and docs/cost.md, and the documents in docs/, that are made from the
 * code. A test holds them to it.
 */

const GENERATED: readonly { file: string; name: string; table: () => string }[] = [
  { file: 'PROTOCOL.md', name: 'forbidden-codes', table: () => codesTable(forbiddenCodes) },
  { file: 'PROTOCOL.md', name: 'error-codes', table: () => codesTable(errorCodes) },
  { file: 'PROTOCOL.md', name: 'leave-codes', table: () => codesTable(leaveCodes) },
  { file: 'README.md', name: 'settings', table: settingsTable },
  ...Object.entries(costTables).map(([name, table]) => ({ file: 'docs/cost.md', name, table })),
]

/** Documents that are made as a whole, from the schemas of the wire. */
export const generated: Readonly<Record<string, () => object>> = {
  [`docs/${SCHEMA_FILE}`]: wireSchema,
  'docs/asyncapi.json': asyncApi,
}

export const documents: readonly string[] = [...new Set(GENERATED.map(({ file }) => file))]

/** The document with its generated tables as they are now. @throws Error when a marker is missing. */
export function withTables(file: string, text: string): string {
  return GENERATED.filter(each => each.file === file).reduce((current, { name, table }) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [start, end] = [current.indexOf(open), current.indexOf(close)]
    if (start === -1 || end < start) throw new Error(`${file} lacks the markers ${open} … ${close}`)
    return `${current.slice(0, start + open.length)}\n${table()}\n${current.slice(end)}`
  }, text)
}

/** Where a document is, whatever the working directory. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}

function codesTable(codes: Record<string, CodeEntry>): string {
  const rows = Object.entries(codes).map(
    ([code, { means, client, person }]) => `| \`${code}\` | ${means} | ${client} | ${person} |`,
  )
  return ['| code | what it means | the client | the person |', '|---|---|---|---|', ...rows].join('\n')
}

function settingsTable(): string {
  const rows = Object.entries<Setting>(settings).map(
    ([name, setting]) =>
      `| \`${name}\` | ${fallback(setting)} | ${setting.readBy.join(', ')} | ${setting.doc} |`,
  )
  return ['| setting | default | read by | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function fallback(setting: Setting): string {
  if (setting.default === undefined) return 'must be given'
  if (setting.default === '') return 'empty'
  const unit = setting.kind === 'number' && setting.unit !== undefined ? ` ${setting.unit}` : ''
  return `\`${setting.default}\`${unit}`
}

/** As `npm run format` would have it. */
async function asJson(file: string, value: object): Promise<string> {
  const { code } = await format(file, JSON.stringify(value, null, 2), { printWidth: 110 })
  return code
}

if (import.meta.main) {
  for (const file of documents)
    await writeFile(pathOf(file), withTables(file, await readFile(pathOf(file), 'utf8')))
  for (const [file, make] of Object.entries(generated))
    await writeFile(pathOf(file), await asJson(file, make()))
}
