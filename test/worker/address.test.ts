import { describe, expect, test } from 'vitest'
import { BadSetting } from '../../shared/config.ts'
import { AddressUnknown, handoffAddress } from '../../worker/address.ts'
import { startTaskMetadata, taskAt } from '../support/task-metadata.ts'

describe('HANDOFF_HOST', () => {
  test('[HH1] is taken as it stands, and nobody is asked', async () => {
    expect(await handoffAddress('127.0.0.1', {})).toBe('127.0.0.1')
  })

  test('[HH2] `task` is the private address that ECS knows of the task', async () => {
    const env = await startTaskMetadata(taskAt('10.0.2.106'))
    expect(await handoffAddress('task', env)).toBe('10.0.2.106')
  })

  test('[HH3] a container that has no network yet is passed over', async () => {
    const { Containers: containers } = taskAt('10.0.2.106')
    const env = await startTaskMetadata({
      Containers: [
        { Name: 'starting' },
        { Name: 'v6', Networks: [{ NetworkMode: 'awsvpc' }] },
        ...containers,
      ],
    })
    expect(await handoffAddress('task', env)).toBe('10.0.2.106')
  })

  test('[HH4] `task` where there is no ECS is a wrong setting', async () => {
    await expect(handoffAddress('task', {})).rejects.toEqual(
      new BadSetting('HANDOFF_HOST', 'may be task on ECS alone: there is no ECS_CONTAINER_METADATA_URI_V4'),
    )
  })

  test.each([
    ['no containers', {}],
    ['what is no address', taskAt('10.0.2.106/24')],
    ['a task without an address', { Containers: [] }],
  ])('[HH5] ECS says %s: nothing is guessed', async (_, answer) => {
    const env = await startTaskMetadata(answer)
    await expect(handoffAddress('task', env)).rejects.toThrow(AddressUnknown)
  })

  test('[HH6] ECS that refuses or is not there is said to be the reason', async () => {
    const env = await startTaskMetadata({}, { status: 500 })
    const refused = handoffAddress('task', env)
    await expect(refused).rejects.toThrow(AddressUnknown)
    await expect(refused).rejects.toHaveProperty('cause.message', 'status 500')
    const nobody = handoffAddress('task', { ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:1' })
    await expect(nobody).rejects.toThrow(AddressUnknown)
  })
})
