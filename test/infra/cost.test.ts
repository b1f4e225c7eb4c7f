import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCESS_LOG } from '../../infra/access-log.ts'
import { alternativesTo, breakEven } from '../../infra/cost/alternatives.ts'
import { billOf, sumOf } from '../../infra/cost/bill.ts'
import { framesOf } from '../../infra/cost/frames.ts'
import { billedMsOf, gbSecondsOf, readsPerFrame } from '../../infra/cost/invokes.ts'
import { ACCESS_LOG_BYTES, COST_RUN, WORKER_ROW_BYTES } from '../../infra/cost/measured.ts'
import { costOf, prices, type Price, type PriceName } from '../../infra/cost/prices.ts'
import { DEFAULT_SHAPE as shape, trafficOf, type Load } from '../../infra/cost/traffic.ts'
import { makeIdentity } from '../../worker/identity.ts'

const busy: Load = { users: 10_000, sent: 2, received: 10, hours: 24, bytes: 400, perPush: 1 }
const idle: Load = { ...busy, users: 1000, sent: 0, received: 0 }
const totalUsd = (load: Load) => billOf(trafficOf(load, shape), shape).totalUsd

const anyLoad = fc.record({
  users: fc.nat(2_000_000),
  sent: fc.nat(100_000).map(n => n / 1000),
  received: fc.nat(100_000).map(n => n / 1000),
  hours: fc.double({ min: 0.1, max: 24, noNaN: true }),
  bytes: fc.integer({ min: 1, max: 32_768 }),
  perPush: fc.integer({ min: 1, max: 100 }),
})

describe('prices', () => {
  test('[MB1] each part of a quantity has the price of its own tier', () => {
    expect(costOf('gatewayMessage', 1_500_000_000)).toBeCloseTo(1000 + 400, 6)
    expect(costOf('internetGb', 10_240 + 100)).toBeCloseTo(921.6 + 8.5, 6)
    expect(costOf('kmsRequest', 20_000)).toBeCloseTo(0.06, 6)
  })

  test.each(Object.keys(prices) as PriceName[])(
    '[MB2] more of %s never costs less, and never more for each',
    name => {
      const quantity = fc.double({ min: 1, max: 1e13, noNaN: true })
      fc.assert(
        fc.property(quantity, quantity, (one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)]
          expect(costOf(name, less)).toBeLessThanOrEqual(costOf(name, more))
          expect(costOf(name, more) / more).toBeLessThanOrEqual((costOf(name, less) / less) * (1 + 1e-9))
        }),
      )
    },
  )

  test('[MB3] every price names its source and ends with a tier for all that is left', () => {
    for (const { source, tiers } of Object.values<Price>(prices)) {
      expect(source).not.toBe('')
      expect(tiers.map(({ upTo }) => upTo === undefined).lastIndexOf(false)).toBe(tiers.length - 2)
    }
  })
})

describe('what goes over the wire', () => {
  test('[MB4] somebody who says nothing and hears nothing sends a PING every 4 minutes and is answered', () => {
    expect(framesOf(idle)).toEqual({ up: 0.25, down: 0.25, rowWrites: 0 })
  })

  test('[MB5] it is what the chaos harness counted for the same talk, and within what it must reach', () => {
    const { up, down } = framesOf({ sent: 2, received: 10, perPush: 1 })
    const counted = (COST_RUN.up + COST_RUN.down) / (COST_RUN.sent + COST_RUN.received)
    expect(Math.abs((up + down) / 12 / counted - 1)).toBeLessThan(0.05)
    expect((up + down) / 12).toBeLessThanOrEqual(1.3)
  })

  test('[MB6] a row is written at most every 2 minutes in a quiet chat and every 64 stanzas in a busy one', () => {
    expect(framesOf({ sent: 0, received: 1, perPush: 1 }).rowWrites).toBeCloseTo(1 / 3, 6)
    expect(framesOf({ sent: 28, received: 100, perPush: 1 }).rowWrites).toBeCloseTo(2, 6)
    expect(framesOf(busy).rowWrites / 12).toBeLessThanOrEqual(0.1)
  })

  test('[MB35] it writes no less often than the chaos harness counted, and not much more often', () => {
    const counted = COST_RUN.writes / COST_RUN.users / COST_RUN.minutes
    const { rowWrites } = framesOf({ sent: 2, received: 10, perPush: 1 })
    expect(rowWrites).toBeGreaterThanOrEqual(counted)
    expect(rowWrites).toBeLessThan(1.5 * counted)
  })

  test('[MB7] whoever only listens acknowledges once a minute, or every 32 messages', () => {
    const alone = (received: number) => framesOf({ sent: 0, received, perPush: 1 }).up
    expect(alone(20)).toBeCloseTo(20 / 21, 6)
    expect(alone(320)).toBeCloseTo(320 / 33, 6)
  })
})

describe('invokes', () => {
  test('[MB8] waiting costs by the memory, computing the same whatever it is', () => {
    expect(billedMsOf({ waitMs: 10, cpuMs: 2 }, 1769)).toBeCloseTo(12.5, 6)
    expect(gbSecondsOf({ waitMs: 10, cpuMs: 2 }, 1769)).toBeCloseTo(0.0125 * (1769 / 1024), 9)
    const computing = (mb: number) => gbSecondsOf({ waitMs: 0, cpuMs: 83 }, mb)
    expect(computing(512) / computing(1769)).toBeCloseTo(1, 1)
  })

  test('[MB9] one instance remembers whose a socket is, a hundred hardly do', () => {
    const reads = (framesPerSecond: number) =>
      readsPerFrame({ framesPerSecond, framesPerMinute: 3, workers: 2, billedMs: 10 })
    // One of four finds nothing: it is asked 3 times in the life of an entry.
    expect(reads(100)).toBeCloseTo(1 / 4 + 1 / 101, 6)
    expect(reads(10_000)).toBeCloseTo(1 / 1.03 + 1 / 101, 6)
  })
})

describe('a month', () => {
  test('[MB10] with nobody online there are two workers, their leases, a key and what watches them', () => {
    const { lines } = billOf(trafficOf({ ...busy, users: 0 }, shape), shape)
    const of = (service: string) => sumOf(lines.filter(line => line.service === service))
    expect(of('Fargate')).toBeCloseTo(2 * 730 * (0.03238 + 2 * 0.00356), 6)
    expect(of('Public IPv4 addresses')).toBeCloseTo(7.3, 6)
    // Each of the two writes its row and reads all every second.
    expect(of('DynamoDB')).toBeCloseTo(2 * 2.628 * (0.625 + 0.125), 6)
    expect(of('KMS')).toBe(1)
    for (const service of ['API Gateway', 'Lambda', 'Data transfer']) expect(of(service)).toBe(0)
  })

  test('[MB11] a thousand who only stay pay for minutes, PINGs and the change of sockets', () => {
    const { connectionMinutes, messagesUp, messagesDown } = trafficOf(idle, shape)
    const joins = 43_800_000 / 110 + (1000 * 730) / 24
    expect(connectionMinutes).toBe(43_800_000)
    expect(messagesUp).toBeCloseTo(10_950_000 + joins, 3)
    expect(messagesDown).toBeCloseTo(10_950_000 + 3 * joins, 3)
  })

  test('[MB12] workers are as many as sessions ask for, or CPU, or the least', () => {
    const workers = (load: Load) => trafficOf(load, shape).workers
    expect(workers({ ...idle, users: 10 })).toBe(2)
    expect(workers({ ...idle, users: 10_001 })).toBe(11)
    // 4,000 messages a second at 2 ms each are 8 cores of work for cores that may be busy for 60 %.
    expect(workers({ ...busy, sent: 12, received: 12 })).toBe(14)
    expect(trafficOf({ ...busy, hours: 12 }, shape).workerHours).toBe(730 * 6)
  })

  test('[MB13] what is read to watch the fleet grows with its square', () => {
    const reads = (users: number) =>
      trafficOf({ ...idle, users, hours: 0.0001 }, { ...shape, minWorkers: users }).readUnits
    expect(reads(100) / reads(10)).toBeGreaterThan(80)
  })

  test('[MB14] the total is the sum of its lines, each of which is a price of nothing or more', () => {
    fc.assert(
      fc.property(anyLoad, load => {
        const bill = billOf(trafficOf(load, shape), shape)
        expect(bill.totalUsd).toBe(sumOf(bill.lines))
        for (const { usd } of bill.lines) expect(usd).toBeGreaterThanOrEqual(0)
        expect(Number.isFinite(bill.totalUsd)).toBe(true)
      }),
    )
  })

  test('[MB15] more people never cost less', () => {
    fc.assert(
      fc.property(anyLoad, fc.nat(1_000_000), (load, more) => {
        expect(totalUsd({ ...load, users: load.users + more })).toBeGreaterThanOrEqual(totalUsd(load))
      }),
    )
  })

  test('[MB16] longer hours, longer messages and more that is sent never cost less', () => {
    fc.assert(
      fc.property(anyLoad, anyLoad, (one, other) => {
        const longer = { hours: Math.max(one.hours, other.hours), bytes: Math.max(one.bytes, other.bytes) }
        expect(totalUsd({ ...one, ...longer })).toBeGreaterThanOrEqual(totalUsd(one) * (1 - 1e-9))
        const sent = one.sent + other.sent
        expect(totalUsd({ ...one, sent })).toBeGreaterThanOrEqual(totalUsd(one) * (1 - 1e-9))
      }),
    )
  })

  test('[MB17] a function that forwards frames gets cheaper with less memory', () => {
    const usd = (mb: number) => {
      const small = { ...shape, memoryMb: { ...shape.memoryMb, default: mb } }
      return billOf(trafficOf(busy, small), small).totalUsd
    }
    expect(usd(512)).toBeLessThan(usd(1024))
    expect(usd(1024)).toBeLessThan(usd(1769))
  })
})

describe('beside it', () => {
  test('[MB18] containers cost what the load balancer does, and the same workers', () => {
    const [, containers] = alternativesTo({ ...busy, users: 3000, sent: 0, received: 0, hours: 24 }, shape)
    const { lines } = billOf(trafficOf({ ...busy, users: 3000, sent: 0, received: 0 }, shape), shape)
    const theSame = sumOf(
      lines.filter(
        ({ service, what }) => /Fargate|IPv4/.test(service) || /metrics|alarms|dash|clients/.test(what),
      ),
    )
    // 3,000 connections are one LCU; an address in each of two zones.
    expect(containers?.usd).toBeCloseTo(theSame + 730 * (0.0225 + 0.008 + 2 * 0.005), 6)
  })

  test('[MB19] up to the break-even the bridge costs no more than containers, and one beyond it does', () => {
    fc.assert(
      fc.property(anyLoad, load => {
        const most = breakEven(load, shape)
        const cheaper = (users: number) => {
          const [bridge, containers] = alternativesTo({ ...load, users }, shape)
          return (bridge?.usd ?? 0) <= (containers?.usd ?? 0)
        }
        expect([cheaper(most), cheaper(most + 1)]).toEqual([true, false])
      }),
    )
  })
})

describe('what it stands on', () => {
  test('[MB20] a line of the access log is as long as reckoned', () => {
    const sample = ACCESS_LOG.replaceAll('$context.', '')
      .replace('requestTimeEpoch', '1795355442573')
      .replace('"requestId":"requestId"', '"requestId":"QxYz1234IAMFabc="')
      .replace('"connectionId":"connectionId"', '"connectionId":"nhY0CrcV6BujnbI="')
      .replace('eventType', 'MESSAGE')
      .replace('identity.sourceIp', '203.0.113.207')
    expect(Math.abs(sample.length - ACCESS_LOG_BYTES)).toBeLessThan(50)
  })

  test('[MB21] the row of a worker is as large as reckoned, and one write unit', async () => {
    const { workerId, certificate, token } = await makeIdentity(0)
    const numbers = 'portcountersessionsmaxSessionsstartedAtexpiresAt'.length + 30
    const names = 'workerIdhostcertificatetokenphaseready'.length
    const bytes = `${workerId}10.0.255.255${certificate}${token}`.length + names + numbers
    expect(Math.abs(bytes - WORKER_ROW_BYTES)).toBeLessThan(50)
    expect(bytes).toBeLessThan(1024)
  })
})
