import { sleep, systemClock as clock } from '../../shared/clock.ts'
import type { Input, Output, Via } from '../protocol.ts'
import { userName } from '../users.ts'
import { DirectTalker } from './direct.ts'
import { Pair } from './pair.ts'
import type { Talker } from './talker.ts'
import { WebTalker } from './web.ts'

/** Pairs of people who talk through the bridge, and pairs who talk straight to its XMPP server. */
export class TalkLoad {
  readonly #pairs: Record<Via, Pair[]> = { bridge: [], direct: [] }

  async meet({ url, server, from, pairs }: Input<'meet'>): Promise<Record<string, never>> {
    const name = (index: number) => userName(from + index)
    for (let at = 0; at < 4 * pairs; at += 4) {
      const [one, two] = [await joined(url, name(at)), await joined(url, name(at + 1))]
      this.#pairs.bridge.push(new Pair(one, two))
      const [three, four] = [
        await DirectTalker.signIn(server, name(at + 2)),
        await DirectTalker.signIn(server, name(at + 3)),
      ]
      this.#pairs.direct.push(new Pair(three, four))
    }
    return {}
  }

  async pace({ via, perSecond, messages }: Input<'pace'>): Promise<Output<'pace'>> {
    const [pair] = this.#pairs[via]
    if (pair === undefined) throw new Error('Nobody has met.')
    const arrivals: Promise<number>[] = []
    for (let sent = 0; sent < messages; sent += 1) {
      arrivals.push(pair.exchange())
      await sleep(clock, 1000 / perSecond)
    }
    return { latenciesMs: await Promise.all(arrivals) }
  }

  async flood({ via, window, forMs }: Input<'flood'>): Promise<Output<'flood'>> {
    const startedMs = clock.monotonic()
    let messages = 0
    const talk = async (pair: Pair) => {
      while (clock.monotonic() - startedMs < forMs) {
        await pair.exchange()
        messages += 1
      }
    }
    const talking = this.#pairs[via].flatMap(pair => Array.from({ length: window }, () => talk(pair)))
    await Promise.all(talking)
    return { messages, elapsedMs: clock.monotonic() - startedMs }
  }
}

async function joined(url: string, username: string): Promise<Talker> {
  const talker = await WebTalker.connect(url, username)
  await talker.join()
  return talker
}
