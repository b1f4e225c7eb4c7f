import { join } from 'node:path'
import { BadOptions, readOptions, USAGE, type RunOptions } from './options.ts'
import { asText } from './report/report.ts'
import { writeReports } from './report/write.ts'
import { run } from './run.ts'

/** `npm run test:chaos`: people talk over the whole bridge while a seeded nemesis breaks it. Exits with 1 when it has not passed. */

const options = optionsOrExit()
const lifetime = new AsyncDisposableStack()
let leaving: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void leave(130))
await main().then(
  passed => leave(passed ? 0 : 1),
  (error: unknown) => {
    console.error(error)
    return leave(2)
  },
)

async function main(): Promise<boolean> {
  const report = await writeReports(await run(lifetime, options, text => console.log(text)))
  console.log(`\n${asText(report)}\n\n${join(options.out, 'report.html')}`)
  return report.passed
}

function leave(code: number): Promise<void> {
  return (leaving ??= lifetime.disposeAsync().then(
    () => process.exit(code),
    (error: unknown) => {
      console.error(error)
      process.exit(2)
    },
  ))
}

function optionsOrExit(): RunOptions {
  if (process.argv.includes('--help')) {
    console.log(USAGE)
    process.exit(0)
  }
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof BadOptions)) throw error
    console.error(`${error.message}\n\n${USAGE}`)
    return process.exit(2)
  }
}
