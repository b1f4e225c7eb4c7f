import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { ROOT } from './emulator.ts'
import type { Outcome } from './outcome.ts'

/** A file of tests, and what it is about. */
export interface Suite {
  readonly part: string
  /** From the root of the project. */
  readonly file: string
}

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
const CONFIG = join(ROOT, 'test', 'aws', 'vitest.config.ts')

/** What is read of vitest's JSON report. */
const report = z.object({
  testResults: z.array(
    z.object({
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
})
type FileResult = z.infer<typeof report>['testResults'][number]

/**
 * Runs files of tests against what the environment names, in their order: each leaves its rows behind. Their own words go to
 * the terminal.
 * @param folder for their reports.
 */
export async function runSuites(
  suites: readonly Suite[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const suite of suites) outcomes.push(await runSuite(suite, env, join(folder, 'report.json')))
  return outcomes
}

async function runSuite(
  { part, file }: Suite,
  env: Readonly<Record<string, string>>,
  reportFile: string,
): Promise<Outcome> {
  await rm(reportFile, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const child = spawn(process.execPath, [VITEST, 'run', '--config', CONFIG, ...reporters, file], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(child, 'exit')
  const { testResults } = report.parse(JSON.parse(await readFile(reportFile, 'utf8')))
  const passed = child.exitCode === 0
  return { part, kind: passed ? 'passed' : 'failed', detail: testResults.map(detailOf).join('; ') }
}

function detailOf({ assertionResults, startTime, endTime }: FileResult): string {
  const count = (status: string) => assertionResults.filter(one => one.status === status).length
  const counts = [`${count('passed')} passed`, `${count('failed')} failed`, `${count('skipped')} skipped`]
  const seconds = ((endTime - startTime) / 1000).toFixed(1)
  return [...counts.filter(text => !text.startsWith('0 ')), `${seconds} s`].join(', ')
}
