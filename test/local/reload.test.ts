import { expect, test } from 'vitest'
import { reloader } from '../../local/reload.ts'
import type { WorkerProcess } from '../../local/workers.ts'

/** As many workers as were added and not retired. */
class FakeStack {
  readonly functions = { reload: () => undefined }
  workers: readonly WorkerProcess[] = []
  #started = 0

  async addWorker(): Promise<WorkerProcess> {
    await Promise.resolve()
    const id = `w${(this.#started += 1)}`
    const worker = {
      id,
      pid: 1,
      url: '',
      healthPort: 1,
      exited: Promise.resolve(0),
      stop,
      kill: () => undefined,
    }
    this.workers = [...this.workers, worker]
    return worker
  }

  async retireWorker(worker: WorkerProcess): Promise<void> {
    this.workers = this.workers.filter(other => other !== worker)
  }
}

const stop = async () => undefined

test('[RL1] two saves in a row leave as many workers as there were, and all of them new', async () => {
  const stack = new FakeStack()
  await stack.addWorker()
  const published: string[][] = []
  const reload = reloader(
    stack,
    () => undefined,
    async () => void published.push(stack.workers.map(({ id }) => id)),
  )
  await Promise.all([reload(), reload()])
  expect(published).toEqual([['w2'], ['w3']])
})

test('[RL2] code that does not start leaves the old workers as they are, and the next save is tried again', async () => {
  const stack = new FakeStack()
  await stack.addWorker()
  const said: string[] = []
  const add = stack.addWorker.bind(stack)
  stack.addWorker = () => Promise.reject(new Error('a typing error'))
  const reload = reloader(
    stack,
    text => said.push(text),
    async () => undefined,
  )
  await reload()
  stack.addWorker = add
  await reload()
  expect(said).toEqual(['Not reloaded; the old workers go on. a typing error', 'Reloaded.'])
  expect(stack.workers.map(({ id }) => id)).toEqual(['w2'])
})
