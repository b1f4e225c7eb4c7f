import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod/mini'
import { namesReadBy } from '../../shared/config.ts'
import { watched } from './watched.ts'

const { template } = watched()
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'deploy.md'), 'utf8')

const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  DatapointsToAlarm: z.number(),
  EvaluationPeriods: z.number(),
})

/** The table of the page: name, when it goes off, and what it means with what to do. */
function rowsOfPage(): readonly string[] {
  const [, table = ''] = page.split(/<!-- \/?alarms -->/)
  const cells = table.split('\n').flatMap(line => (line.startsWith('| **') ? [line.split(' | ')] : []))
  return cells.map(([name = '', when = '', ...texts]) =>
    [name.replaceAll(/[|* ]+$|^[|* ]+/g, ''), when, texts.join(' ').replace(/ \|$/, '')].join(': '),
  )
}

/** The same of the alarms that are made; those of the tables, which differ by their name alone, are one. */
function rowsOfAlarms(): ReadonlySet<string> {
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'))
  const rows = alarms.map(({ Properties }) => {
    const { AlarmName, AlarmDescription, ...when } = alarm.parse(Properties)
    return [AlarmName.replace('Bridge: ', ''), whenOf(when), AlarmDescription].join(': ')
  })
  return new Set(rows.map(row => row.replaceAll(/the table \w+/g, 'the table …')))
}

type When = Omit<z.infer<typeof alarm>, 'AlarmName' | 'AlarmDescription'>

function whenOf({ Threshold, ComparisonOperator, DatapointsToAlarm, EvaluationPeriods }: When): string {
  const limit = Threshold.toLocaleString('en-US')
  const reached = ComparisonOperator === 'LessThanThreshold' ? `below ${limit}` : `${limit} or more`
  return `${reached}, ${DatapointsToAlarm} of ${EvaluationPeriods} minutes`
}

test('[DD1] docs/deploy.md says of every alarm when it goes off, what it means and what to do', () => {
  expect(rowsOfPage().toSorted()).toEqual([...rowsOfAlarms()].toSorted())
})

/** Of other programs. */
const FOREIGN = ['AWS_PROFILE', 'CDK_DOCKER']

test('[DD2] every setting that docs/deploy.md gives a value is one that deployments read', () => {
  const given = [...page.matchAll(/\b([A-Z][A-Z_]{3,})=|"([A-Z_]+)":/g)].map(
    ([, shell, json]) => shell ?? json,
  )
  expect(given.length).toBeGreaterThanOrEqual(20)
  const known: readonly unknown[] = [...namesReadBy('deploy'), ...FOREIGN]
  expect(given.filter(name => !known.includes(name))).toEqual([])
})

test('[DD3] the files of infra/ whose numbers docs/deploy.md explains have those names in them', async () => {
  const rows = page.matchAll(/^\| [^|]+ \| `([a-z-]+\.ts)`(?:, ([^|]+?))? \|/gm)
  const files = [...rows].map(([, file = '', rest = '']) => ({
    file,
    names: rest.match(/[A-Z_]{4,}/g) ?? [],
  }))
  expect(files.length).toBeGreaterThanOrEqual(8)
  for (const { file, names } of files) {
    const source = await readFile(join(import.meta.dirname, '..', '..', 'infra', file), 'utf8')
    for (const name of names) expect(source, file).toContain(`const ${name} `)
  }
})
