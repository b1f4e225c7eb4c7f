import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asHtml } from './html.ts'
import { reportOf, type Report, type Run } from './report.ts'

/** Leaves `report.json` and `report.html` in the folder of the run. */
export async function writeReports(run: Run): Promise<Report> {
  const { out } = run.options
  const report = reportOf(run)
  await writeFile(join(out, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  await writeFile(join(out, 'report.html'), asHtml(run, report))
  return report
}
