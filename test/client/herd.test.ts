import { expect, test } from 'vitest'
import { next, type Event, type State } from '../../client/src/state.ts'
import { reconnectSpreadMs } from '../../worker/session/welcome.ts'
import { mulberry32 } from '../../local/gateway/faults.ts'

const CLIENTS = 1000
/** API Gateway, WebSocket APIs: new connections per second and account. */
const CONNECTS_PER_SECOND = 500
const SPREADS = Array.from({ length: CLIENTS }, (_, number) => reconnectSpreadMs(number))

/** When each client of a bridge that is cut off from all of them at once opens its sockets; refused above the limit. */
function comeBack(seed: number): { readonly opened: readonly number[]; readonly lastMs: number } {
  const random = mulberry32(seed)
  const opened: number[] = []
  const due: {
    readonly atMs: number
    readonly state: State
    readonly event: Event
    readonly spreadMs: number
  }[] = []
  // Each was told what held when it joined, and they joined one after the other.
  for (const spreadMs of SPREADS)
    due.push({ atMs: 0, state: { phase: 'connected', caughtUp: true }, event: { kind: 'closed' }, spreadMs })
  let lastMs = 0
  for (let one = due.shift(); one !== undefined; one = due.shift()) {
    const { atMs, spreadMs } = one
    const step = next(one.state, one.event, {
      nowMs: atMs,
      random: random(),
      spreadMs,
      moving: false,
      busyMs: 0,
    })
    if (!step.actions.includes('open')) {
      due.push({ atMs: atMs + (step.timerMs ?? 0), state: step.state, event: { kind: 'due' }, spreadMs })
    } else {
      const inLastSecond = opened.filter(openedMs => openedMs > atMs - 1000).length
      opened.push(atMs)
      lastMs = atMs
      if (inLastSecond >= CONNECTS_PER_SECOND)
        due.push({ atMs, state: step.state, event: { kind: 'closed' }, spreadMs })
    }
    due.sort((a, b) => a.atMs - b.atMs)
  }
  return { opened, lastMs }
}

test('[CH1] a thousand clients that are cut at once are back within a minute, never more than 500 in a second', () => {
  for (const seed of [1, 2, 3]) {
    const { opened, lastMs } = comeBack(seed)
    const busiest = Math.max(...opened.map(at => opened.filter(ms => ms > at - 1000 && ms <= at).length))
    expect(busiest).toBeLessThanOrEqual(CONNECTS_PER_SECOND)
    expect(lastMs).toBeLessThan(60_000)
    expect(opened.length).toBe(CLIENTS)
  }
})
