import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { assertFree, freePorts, listenOn, PortTaken } from '../../local/ports.ts'

test('[PO1] free ports are all different, and free', async () => {
  const ports = await freePorts(50)
  expect(new Set(ports).size).toBe(50)
  await assertFree(ports[0] ?? 0, 'PORT')
})

test('[PO2] a taken port is refused by its number and the setting to change', async () => {
  const other = createServer()
  onTestFinished(() => void other.close())
  const port = await listenOn(other, 0, 'PORT')
  const refusal = assertFree(port, 'PORT')
  await expect(refusal).rejects.toThrow(PortTaken)
  await expect(refusal).rejects.toMatchObject({ port, setting: 'PORT' })
})
