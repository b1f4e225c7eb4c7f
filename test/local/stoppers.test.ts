import { expect, test } from 'vitest'
import { Stoppers } from '../../local/stoppers.ts'

test('[SO1] what was started is stopped in the opposite order, once', async () => {
  const stopped: string[] = []
  const stoppers = new Stoppers()
  for (const name of ['store', 'gateway', 'worker']) stoppers.add(async () => void stopped.push(name))
  await stoppers.stop()
  await stoppers.stop()
  expect(stopped).toEqual(['worker', 'gateway', 'store'])
})

test('[SO2] one that cannot be stopped keeps nothing else running, and its error is told', async () => {
  const stopped: string[] = []
  const stoppers = new Stoppers()
  stoppers.add(async () => void stopped.push('store'))
  stoppers.add(() => Promise.reject(new Error('stuck')))
  await expect(stoppers.stop()).rejects.toThrow('stuck')
  expect(stopped).toEqual(['store'])
})
