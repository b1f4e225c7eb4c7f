import { BadOptions, readOptions, USAGE } from './options.ts'
import { asText, reportOf } from './report.ts'

/** `npm run cost`: what the bridge costs in a month. */

try {
  process.stdout.write(`${answer(process.argv.slice(2))}\n`)
} catch (error) {
  if (!(error instanceof BadOptions)) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 2
}

function answer(args: readonly string[]): string {
  const asked = readOptions(args)
  if (asked.kind === 'help') return USAGE
  const report = reportOf(asked.load, asked.shape, asked.compare)
  return asked.json ? JSON.stringify(report, undefined, 2) : asText(report)
}
