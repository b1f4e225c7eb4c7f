import { settings } from '../../shared/settings.ts'
import { alternativesTo, breakEven, type Alternative } from './alternatives.ts'
import { billOf, services, sumOf, type Bill, type Service } from './bill.ts'
import { PRICES_AS_OF, REGION } from './prices.ts'
import { trafficOf, type Load, type Shape, type Traffic } from './traffic.ts'

/** All that is told of one load. */
export interface Report {
  readonly load: Load
  readonly traffic: Traffic
  readonly bill: Bill
  /** The same with nobody online. */
  readonly floorUsd: number
  readonly alternatives?: readonly Alternative[]
  /** The most such people for whom the bridge costs no more than containers behind a load balancer. */
  readonly breakEven?: number
}

export function reportOf(load: Load, shape: Shape, compare: boolean): Report {
  const traffic = trafficOf(load, shape)
  const empty = trafficOf({ ...load, users: 0 }, shape)
  return {
    load,
    traffic,
    bill: billOf(traffic, shape),
    floorUsd: billOf(empty, shape).totalUsd,
    ...(compare && { alternatives: alternativesTo(load, shape), breakEven: breakEven(load, shape) }),
  }
}

/** The report for a terminal. */
export function asText(report: Report): string {
  const { bill, alternatives } = report
  const parts = [
    heading(report.load),
    ...services.map(service => serviceLines(bill, service)),
    totals(report),
    needs(report.traffic),
    ...(alternatives === undefined ? [] : [comparison(report, alternatives)]),
  ]
  return parts.map(lines => lines.join('\n')).join('\n\n')
}

function heading({ users, hours, sent, received }: Load): string[] {
  const when = hours === 24 ? 'around the clock' : `${exactly(hours)} hours a day`
  return [
    `${exactly(users)} people online ${when}, each sends ${exactly(sent)} and gets ${exactly(received)} messages a minute`,
    `A month in ${REGION} at the list prices of ${PRICES_AS_OF}: no free tier, no discounts, no taxes`,
  ]
}

function serviceLines({ lines, totalUsd }: Bill, service: Service): string[] {
  const own = lines.filter(line => line.service === service)
  const total = sumOf(own)
  return [
    `${row(service, '', usd(total))}${percent(total / totalUsd)}`,
    ...own.map(({ what, quantity, usd: price }) => row(`  ${what}`, about(quantity), usd(price))),
  ]
}

function totals({ bill: { totalUsd }, floorUsd, load: { users } }: Report): string[] {
  return [
    row('Total', '', usd(totalUsd)),
    ...(users > 0 ? [row('  for each of them', '', usd(totalUsd / users))] : []),
    row('  with nobody online', '', usd(floorUsd)),
  ]
}

/** Of all messages and posts of an account and Region together ("Amazon API Gateway quotas"). */
const REQUESTS_PER_SECOND = 10_000

function needs({ workers, requestsPerSecond }: Traffic): string[] {
  return [
    `Workers: ${exactly(workers)}${warning(workers, settings.MAX_WORKERS.default, 'MAX_WORKERS')}`,
    `Requests at API Gateway: ${about(requestsPerSecond)} a second${warning(requestsPerSecond, REQUESTS_PER_SECOND, "the account's quota")}`,
  ]
}

function warning(needed: number, given: number, name: string): string {
  return needed > given ? `. More than ${name} allows by default (${exactly(given)}): raise it first` : ''
}

function comparison({ breakEven: most = 0 }: Report, alternatives: readonly Alternative[]): string[] {
  return [
    'The same by other ways, with the workers that speak XMPP and what watches them',
    ...alternatives.map(({ name, usd: price }) => row(`  ${name}`, '', usd(price))),
    `For up to ${exactly(most)} such people the bridge costs no more than containers behind a load balancer.`,
  ]
}

const WIDTHS = { name: 40, quantity: 14, usd: 14, percent: 7 }

function row(name: string, quantity: string, price: string): string {
  return name.padEnd(WIDTHS.name) + quantity.padStart(WIDTHS.quantity) + price.padStart(WIDTHS.usd)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`.padStart(WIDTHS.percent)
}

export function usd(value: number): string {
  return value.toLocaleString('en-US', { style: 'currency', currency: 'USD' })
}

/** What was given. */
export function exactly(value: number): string {
  return value.toLocaleString('en-US')
}

/** What was reckoned: three digits, for the model knows no more. */
function about(value: number): string {
  const [divisor, unit] = value >= 1e9 ? [1e9, ' billion'] : value >= 1e6 ? [1e6, ' million'] : [1, '']
  return `${exactly(Number((value / divisor).toPrecision(3)))}${unit}`
}
