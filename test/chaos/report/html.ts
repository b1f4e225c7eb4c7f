import type { FaultKind } from '../plan/fault.ts'
import { rules, type Rule } from '../check/violation.ts'
import { colours, escaped, plot } from './plot.ts'
import type { Report, Run } from './report.ts'

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1120px; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top }
.good { color: #2e7d32 } .bad { color: #c62828 } svg { width: 100%; height: auto; background: #fafafa }
svg circle { fill: #222; opacity: .55 } svg line { stroke: #ddd } svg text { font-size: 11px; fill: #555 }
.key span { display: inline-block; margin-right: 1rem } .key i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; opacity: .5 }
`

/** The report as one page that needs nothing else, not even a script. */
export function asHtml(run: Run, report: Report): string {
  const { options, about, startedAt } = report
  const title = `${options.profile} on ${options.server}, seed ${options.seed}`
  const head = `${about}; ${options.users} users, ${options.minutes} minutes, ${startedAt}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}: ${verdictOf(report)}</h1>
<p>${escaped(head)}</p>
${plot({ ...run, deliveries: run.verdict.deliveries })}
<p class="key">Each dot is a message by when it was sent and how long it took to be shown. ${legend(run)}</p>
<h2>Rules</h2>
<table>${Object.entries(rules)
    .map(([rule, text]) => ruleRow(rule as Rule, text, report))
    .join('\n')}</table>
<h2>Figures</h2>
<table>${report.figures.map(figureRow).join('\n')}</table>
${violationList(report)}
<h2>Again</h2>
<p><code>${escaped(commandOf(report))}</code></p>
</body></html>
`
}

function commandOf({ options }: Report): string {
  const { profile, server, seed, minutes, users, rate } = options
  const flags = { profile, server, seed, minutes, users, rate }
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${value}`)
  return ['npm run test:chaos --', ...words].join(' ')
}

function verdictOf({ passed }: Report): string {
  return passed ? '<span class="good">passed</span>' : '<span class="bad">FAILED</span>'
}

function legend({ strikes }: Run): string {
  const kinds = Map.groupBy(strikes, ({ fault }) => fault.kind)
  const label = (kind: FaultKind, times: number) =>
    `<span><i style="background:${colours[kind]}"></i>${times} × ${kind}</span>`
  return [...kinds].map(([kind, of]) => label(kind, of.length)).join('')
}

function ruleRow(rule: Rule, text: string, { broken }: Report): string {
  const times = broken[rule]
  const mark = times === 0 ? '<td class="good">held</td>' : `<td class="bad">broken ${times} times</td>`
  return `<tr><th>${rule}</th><td>${escaped(text)}</td>${mark}</tr>`
}

function figureRow({ name, text, target, reached }: Report['figures'][number]): string {
  const aim = target === undefined ? '' : `${target}: ${reached === true ? 'reached' : 'NOT reached'}`
  const mark = target === undefined ? '' : ` class="${reached === true ? 'good' : 'bad'}"`
  return `<tr><td>${escaped(name)}</td><td>${escaped(text)}</td><td${mark}>${escaped(aim)}</td></tr>`
}

function violationList({ violations, workersLost, rested }: Report): string {
  const lines = [
    ...(rested ? [] : ['Not everybody was online with everything seen in time.']),
    ...workersLost,
    ...violations.map(({ rule, what }) => `${rule}: ${what}`),
  ]
  if (lines.length === 0) return ''
  return `<h2>What went wrong</h2><ul>${lines.map(line => `<li>${escaped(line)}</li>`).join('\n')}</ul>`
}
