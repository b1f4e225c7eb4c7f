/** All prices below are of this day, in USD, of this Region, without free tier, tax, discounts and savings plans. */
export const PRICES_AS_OF = '2026-11-22'
export const REGION = 'us-east-1'

export interface Tier {
  readonly usd: number
  /** How much of a month's quantity has this price; absent: all that is left. */
  readonly upTo?: number
}

export interface Price {
  /** Each tier's price is for so many. */
  readonly per: number
  readonly tiers: readonly Tier[]
  /** Where it was read. `unconfirmed`: not found in a source of this year. */
  readonly source: string
}

const MILLION = 1e6
const BILLION = 1e9
const TB_IN_GB = 1024

function flat(usd: number, per: number, source: string): Price {
  return { per, tiers: [{ usd }], source }
}

const LAMBDA = 'AWS Lambda pricing; tiers: AWS Compute Blog, "Introducing tiered pricing for AWS Lambda"'
const FARGATE = 'AWS Fargate pricing, Linux on ARM'
const DYNAMODB = 'Amazon DynamoDB pricing, on demand since 2024-11'
const CLOUDWATCH = 'Amazon CloudWatch pricing, 2026-02'
const EC2 = 'Amazon EC2 on-demand pricing, data transfer, 2026-06'
const ALB = 'Elastic Load Balancing pricing, unconfirmed'
const APPSYNC = 'AWS AppSync pricing, Event API; connection minutes unconfirmed'
const IOT = 'AWS IoT Core pricing, 2026-09; tiers unconfirmed'
const ABLY = 'Ably pricing, standard package; minutes unconfirmed, volume discounts not published'

export const prices = {
  gatewayMessage: {
    per: MILLION,
    tiers: [{ usd: 1, upTo: BILLION }, { usd: 0.8 }],
    source: 'Amazon API Gateway pricing, WebSocket APIs, by 32 KB; second tier unconfirmed',
  },
  gatewayMinute: flat(0.25, MILLION, 'Amazon API Gateway pricing, WebSocket APIs'),
  lambdaRequest: flat(0.2, MILLION, LAMBDA),
  lambdaGbSecond: {
    per: 1,
    tiers: [
      { usd: 0.0000133334, upTo: 7.5 * BILLION },
      { usd: 0.0000120001, upTo: 11.25 * BILLION },
      { usd: 0.0000106667 },
    ],
    source: LAMBDA,
  },
  dynamoWrite: flat(0.625, MILLION, DYNAMODB),
  dynamoRead: flat(0.125, MILLION, DYNAMODB),
  fargateVcpuHour: flat(0.03238, 1, FARGATE),
  fargateGbHour: flat(0.00356, 1, FARGATE),
  publicIpv4Hour: flat(0.005, 1, 'Amazon VPC pricing, public IPv4 addresses'),
  logGb: flat(0.5, 1, CLOUDWATCH),
  metric: flat(0.3, 1, CLOUDWATCH),
  alarm: flat(0.1, 1, CLOUDWATCH),
  dashboard: flat(3, 1, CLOUDWATCH),
  kmsKey: flat(1, 1, 'AWS KMS pricing'),
  kmsRequest: flat(0.03, 10_000, 'AWS KMS pricing'),
  internetGb: {
    per: 1,
    tiers: [
      { usd: 0.09, upTo: 10 * TB_IN_GB },
      { usd: 0.085, upTo: 40 * TB_IN_GB },
      { usd: 0.07, upTo: 100 * TB_IN_GB },
      { usd: 0.05 },
    ],
    source: EC2,
  },
  regionGb: flat(0.01, 1, EC2),
  albHour: flat(0.0225, 1, ALB),
  albLcuHour: flat(0.008, 1, ALB),
  appSyncOperation: flat(1, MILLION, APPSYNC),
  appSyncMinute: flat(0.08, MILLION, APPSYNC),
  iotMessage: {
    per: MILLION,
    tiers: [{ usd: 1, upTo: BILLION }, { usd: 0.8, upTo: 4 * BILLION }, { usd: 0.7 }],
    source: IOT,
  },
  iotMinute: flat(0.08, MILLION, IOT),
  ablyMessage: flat(2.5, MILLION, ABLY),
  ablyMinute: flat(1, MILLION, ABLY),
  ablyPackage: flat(29, 1, ABLY),
} as const satisfies Record<string, Price>

export type PriceName = keyof typeof prices

/** USD for a month's quantity, each tier at its own price. */
export function costOf(name: PriceName, quantity: number): number {
  const { per, tiers }: Price = prices[name]
  let [left, usd] = [quantity, 0]
  for (const tier of tiers) {
    const here = Math.min(left, tier.upTo ?? Infinity)
    usd += (here / per) * tier.usd
    left -= here
  }
  return usd
}
