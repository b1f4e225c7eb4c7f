import { describe, expect, test, vi } from 'vitest'
import { type FaultSettings, Faults, mulberry32 } from '../../../local/gateway/faults.ts'
import { type TestGateway, connect, testGateway } from './harness.ts'

async function setFaults(gateway: TestGateway, settings: FaultSettings): Promise<void> {
  const response = await fetch(`${gateway.managementEndpoint}/_local/faults`, {
    method: 'PUT',
    body: JSON.stringify(settings),
  })
  expect(response.status).toBe(200)
}

const bodies = (gateway: TestGateway) => gateway.functions.events('$default').map(event => event.body)

describe('deciding', () => {
  const decide = (settings: FaultSettings, count: number) => {
    const faults = new Faults()
    faults.set(settings)
    return Array.from({ length: count }, () => faults.deliveries())
  }

  test('[GL2] without faults each message is delivered once, at once', () => {
    expect(new Faults().deliveries()).toEqual([0])
  })

  test('[GL2] one seed always decides alike, another one differently', () => {
    const settings = { seed: 7, drop: { rate: 0.3 }, duplicate: { rate: 0.3 } }
    expect(decide(settings, 200)).toEqual(decide(settings, 200))
    expect(decide(settings, 200)).not.toEqual(decide({ ...settings, seed: 8 }, 200))
  })

  test('[GL2] a rate is a share of the messages', () => {
    const dropped = decide({ seed: 1, drop: { rate: 0.2 } }, 10_000).filter(delays => delays.length === 0)
    expect(dropped.length).toBeGreaterThan(1_800)
    expect(dropped.length).toBeLessThan(2_200)
  })

  test('[GL2] one kind of fault falls alike whatever other kinds are set', () => {
    const drops = (settings: FaultSettings) => decide(settings, 100).map(delays => delays.length === 0)
    const drop = { rate: 0.5 }
    expect(drops({ seed: 3, drop, reorder: { rate: 0.5 }, duplicate: { rate: 0.5 } })).toEqual(
      drops({ seed: 3, drop }),
    )
  })

  test('[GL2] delays add up, and both copies of a doubled message have them', () => {
    const settings = {
      duplicate: { rate: 1 },
      reorder: { rate: 1, windowMs: 20 },
      delayMs: { rate: 1, ms: 5 },
    }
    expect(decide(settings, 1)).toEqual([[25, 25]])
  })

  test('[GL2] {} ends all faults', () => {
    const faults = new Faults()
    faults.set({ drop: { rate: 1 }, dropDisconnect: { rate: 1 }, postStatus: { rate: 1, status: 410 } })
    faults.set({})
    expect([faults.deliveries(), faults.dropsDisconnect(), faults.postStatus()]).toEqual([
      [0],
      false,
      undefined,
    ])
  })

  test('[GL13] chance stays between 0 and 1', () => {
    const random = mulberry32(0)
    for (let draw = 0; draw < 1000; draw += 1) {
      const value = random()
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(1)
    }
  })
})

describe('doing', () => {
  test('[GL3] a dropped message runs no function and the client hears nothing', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { drop: { rate: 1 } })
    client.socket.send('lost')
    await client.settled()
    await setFaults(gateway, {})
    client.socket.send('found')
    await gateway.functions.called('$default')
    expect(bodies(gateway)).toEqual(['found'])
  })

  test('[GL3] a doubled message runs the function twice with the same event', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { duplicate: { rate: 1 } })
    client.socket.send('twice')
    const second = await gateway.functions.called('$default', 2)
    expect(second).toEqual(gateway.functions.events('$default')[0])
  })

  test('[GL3] a delayed message waits on the clock', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { delayMs: { rate: 1, ms: 3_000 } })
    client.socket.send('late')
    await client.settled()
    expect(bodies(gateway)).toEqual([])
    gateway.clock.advance(3_000)
    await gateway.functions.called('$default')
  })

  test('[GL3] a reordered message is overtaken by the ones after it', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { reorder: { rate: 1 } })
    client.socket.send('first')
    await client.settled()
    await setFaults(gateway, {})
    client.socket.send('second')
    await gateway.functions.called('$default')
    gateway.clock.advance(50)
    await gateway.functions.called('$default', 2)
    expect(bodies(gateway)).toEqual(['second', 'first'])
  })

  // AWS: "$disconnect is a best-effort event".
  test('[GL4] dropDisconnect lets a connection end without $disconnect', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { dropDisconnect: { rate: 1 } })
    client.socket.close()
    await client.closed
    await gateway.stop()
    expect(gateway.functions.events('$disconnect')).toEqual([])
  })

  test('[GL14] lateDisconnect lets $disconnect come so much later', async () => {
    const gateway = await testGateway()
    const client = await connect(gateway)
    await setFaults(gateway, { lateDisconnect: { rate: 1, ms: 20_000 } })
    client.socket.close()
    await client.closed
    await vi.waitUntil(() => gateway.clock.pending > 0)
    expect(gateway.functions.events('$disconnect')).toEqual([])
    gateway.clock.advance(20_000)
    await gateway.functions.called('$disconnect')
  })

  test('[GL15] a cut takes the network from the connections it names, and from no other', async () => {
    const gateway = await testGateway()
    const [one, other] = [await connect(gateway), await connect(gateway)]
    const response = await fetch(`${gateway.managementEndpoint}/_local/cut`, {
      method: 'POST',
      body: JSON.stringify({ connectionIds: [one.id, 'nobody'] }),
    })
    expect(await response.json()).toEqual({ cut: 1 })
    expect((await one.closed).code).toBe(1006)
    const event = await gateway.functions.called('$disconnect')
    expect(event.requestContext).toMatchObject({ connectionId: one.id, disconnectStatusCode: 1006 })
    await other.settled()
  })
})
