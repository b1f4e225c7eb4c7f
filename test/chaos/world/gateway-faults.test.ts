import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { FaultSettings } from '../../../local/gateway/faults.ts'
import { startGateway } from '../../../local/gateway/server.ts'
import { GatewayFaults } from './gateway-faults.ts'

const SEED = 7

/** A gateway whose functions do nothing, its faults, and what they are set to. */
async function started() {
  const gateway = await startGateway({ port: 0, invoke: async () => ({ statusCode: 200 }) })
  onTestFinished(() => gateway.stop())
  const settings = async () => {
    const response = await fetch(`${gateway.managementEndpoint}/_local/faults`)
    return (await response.json()) as FaultSettings
  }
  return { gateway, faults: new GatewayFaults(gateway.managementEndpoint, SEED), settings }
}

test('[CW6] faults of the gateway go on side by side, and one that ends leaves the others', async () => {
  const { faults, settings } = await started()
  const drop = { drop: { rate: 0.5 } }
  await faults.begin(drop)
  await faults.begin({ dropDisconnect: { rate: 1 } })
  expect(await settings()).toMatchObject({ drop: { rate: 0.5 }, dropDisconnect: { rate: 1 } })
  await faults.end(drop)
  expect(await settings()).not.toHaveProperty('drop')
  await faults.heal()
  expect(Object.keys(await settings())).toEqual(['seed'])
})

test('[CW11] of two faults that both refuse posts the stronger counts, and the end of one leaves the other', async () => {
  const { faults, settings } = await started()
  const [strong, weak] = [
    { postStatus: { rate: 0.5, status: 500 as const } },
    { postStatus: { rate: 0.3, status: 429 as const } },
  ]
  await faults.begin(strong)
  await faults.begin(weak)
  expect(await settings()).toMatchObject(strong)
  await faults.end(strong)
  expect(await settings()).toMatchObject(weak)
  await faults.end(weak)
  expect(await settings()).not.toHaveProperty('postStatus')
})

test('[CW7] each change draws anew: what comes seldom would else never come, since the gateway begins its draws again', async () => {
  const { faults, settings } = await started()
  await faults.begin({ drop: { rate: 0.5 } })
  expect(await settings()).toMatchObject({ seed: SEED })
  await faults.begin({ duplicate: { rate: 0.5 } })
  expect(await settings()).toMatchObject({ seed: SEED + 1 })
})

test('[CW8] so many sockets lose their network, and no more than there are', async () => {
  const { gateway, faults } = await started()
  const sockets = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const socket = new WebSocket(gateway.url)
      await once(socket, 'open')
      return { socket, closed: once(socket, 'close') }
    }),
  )
  expect(await faults.cut(2, 0.4)).toBe(2)
  await Promise.race(sockets.map(({ closed }) => closed))
  expect(await faults.cut(9, 0.4)).toBe(1)
  for (const { closed } of sockets) expect(await closed).toMatchObject([1006, {}])
})
