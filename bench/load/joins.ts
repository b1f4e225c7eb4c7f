import { systemClock as clock } from '../../shared/clock.ts'
import type { Input, Output } from '../protocol.ts'
import { userName } from '../users.ts'
import { inTurns, timed } from './turns.ts'
import { WebTalker } from './web.ts'

/** People who sign in through the whole bridge. */
export async function joinAll({ url, users, concurrency }: Input<'join'>): Promise<Output<'join'>> {
  const talkers: WebTalker[] = []
  await inTurns(users.count, concurrency, async index => {
    talkers[index] = await WebTalker.connect(url, userName(users.from + index))
  })
  const latenciesMs: number[] = []
  const join = async (index: number) => {
    const startedMs = clock.monotonic()
    await talkers[index]?.join()
    latenciesMs.push(clock.monotonic() - startedMs)
  }
  const { elapsedMs } = await timed(() => inTurns(users.count, concurrency, join))
  await inTurns(users.count, concurrency, async index => talkers[index]?.close())
  return { elapsedMs, latenciesMs }
}
