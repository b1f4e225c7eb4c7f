import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ejabberdAvailable } from '../support/ejabberd.ts'
import { asText } from '../chaos/report/report.ts'
import { writeReports } from '../chaos/report/write.ts'
import { run } from '../chaos/run.ts'
import { serverNames } from '../chaos/world/xmpp-host.ts'

/** The talk takes two minutes; the rest is for starting, signing in and catching up on a busy machine. */
const WITHIN_MS = 420_000
/** Always the same plan: what fails today failed yesterday too. */
const SEED = 4

for (const server of serverNames) {
  const missing = server === 'ejabberd' && !ejabberdAvailable().available
  test.skipIf(missing)(
    `[CX1] two minutes of everything at once on ${server}: no acknowledged message is lost, doubled or out of order`,
    { timeout: WITHIN_MS },
    async () => {
      await using lifetime = new AsyncDisposableStack()
      // Kept until the next run: whoever looks for the cause needs the workers' logs.
      const out = join('.local', 'chaos', `cx1-${server}`)
      const options = {
        profile: 'mixed',
        server,
        seed: SEED,
        minutes: 2,
        users: 10,
        rate: 5,
        quiet: 120,
        out,
      } as const
      const finished = await writeReports(await run(lifetime, options, () => undefined))
      process.stdout.write(`${asText(finished)}\n`)
      expect(finished.passed, asText(finished)).toBe(true)
      expect(finished.verdict.counts.acknowledged).toBeGreaterThan(100)
    },
  )
}
