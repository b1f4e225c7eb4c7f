import { metrics } from '../../shared/metrics.ts'
import { costOf, type PriceName } from './prices.ts'
import type { Shape, Traffic } from './traffic.ts'

export interface Line {
  readonly service: Service
  /** What is counted, in the plural. */
  readonly what: string
  readonly quantity: number
  readonly usd: number
}

export const services = [
  'API Gateway',
  'Lambda',
  'DynamoDB',
  'Fargate',
  'Public IPv4 addresses',
  'CloudWatch',
  'KMS',
  'Data transfer',
] as const
export type Service = (typeof services)[number]

/** A month in USD. */
export interface Bill {
  readonly lines: readonly Line[]
  readonly totalUsd: number
}

/** Values that a further dimension has, some more and some less. */
const LABELS_PER_DIMENSION = 5
/** An alarm costs by the metrics that it looks at. */
const ALARMED_METRICS = 28
const DASHBOARDS = 1

/** A metric costs by its name and each value of its further dimension. */
const METRIC_SERIES = Object.values(metrics).reduce(
  (sum, metric) => sum + 1 + ('by' in metric ? LABELS_PER_DIMENSION : 0),
  0,
)

/** What a month's traffic costs, line by line. Pure. */
export function billOf(traffic: Traffic, { workerVcpu, workerGb }: Shape): Bill {
  const { workerHours } = traffic
  const lines = [
    line('API Gateway', 'messages', 'gatewayMessage', traffic.messagesUp + traffic.messagesDown),
    line('API Gateway', 'connection minutes', 'gatewayMinute', traffic.connectionMinutes),
    line('Lambda', 'invokes', 'lambdaRequest', traffic.invokes),
    line('Lambda', 'GB-seconds', 'lambdaGbSecond', traffic.gbSeconds),
    line('DynamoDB', 'write units', 'dynamoWrite', traffic.writeUnits),
    line('DynamoDB', 'read units', 'dynamoRead', traffic.readUnits),
    line('Fargate', 'vCPU hours', 'fargateVcpuHour', workerHours * workerVcpu),
    line('Fargate', 'GB hours', 'fargateGbHour', workerHours * workerGb),
    line('Public IPv4 addresses', 'hours', 'publicIpv4Hour', workerHours),
    line('CloudWatch', 'GB of logs', 'logGb', traffic.logGb),
    ...watching(),
    line('KMS', 'keys', 'kmsKey', 1),
    line('KMS', 'requests', 'kmsRequest', traffic.kmsRequests),
    line('Data transfer', 'GB to clients and XMPP server', 'internetGb', traffic.internetGb),
    line('Data transfer', 'GB within the Region', 'regionGb', traffic.regionGb),
  ]
  return { lines, totalUsd: sumOf(lines) }
}

/** What looks after the bridge, whatever its load. */
export function watching(): readonly Line[] {
  return [
    line('CloudWatch', 'metrics', 'metric', METRIC_SERIES),
    line('CloudWatch', 'metrics with an alarm', 'alarm', ALARMED_METRICS),
    line('CloudWatch', 'dashboards', 'dashboard', DASHBOARDS),
  ]
}

export function sumOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0)
}

function line(service: Service, what: string, price: PriceName, quantity: number): Line {
  return { service, what, quantity, usd: costOf(price, quantity) }
}
