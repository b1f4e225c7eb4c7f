import { userName } from '../history/key.ts'

export interface Seat {
  readonly name: string
  readonly peers: readonly string[]
  readonly contact: string
}

/** How many others each user writes to: few, so that each pair says enough for its order to mean something. */
const PEERS = 3

/**
 * Who sits in which process and writes to whom. With `alone`, so many users have the first process for themselves and the
 * others write to none but them.
 */
export function seat(users: number, processes: number, alone = 0): readonly (readonly Seat[])[] {
  const names = Array.from({ length: users }, (_, index) => userName(index))
  const others = names.slice(alone)
  const seats = names.map((name, at): Seat => {
    const contact = names[(at + 1) % users] ?? name
    if (alone > 0) return { name, contact, peers: at < alone ? others : names.slice(0, alone) }
    const peers = Array.from(
      { length: Math.min(PEERS, users - 1) },
      (_, step) => names[(at + step + 1) % users],
    )
    return { name, contact, peers: peers.filter(peer => peer !== undefined) }
  })
  if (alone > 0) return [seats.slice(0, alone), ...deal(seats.slice(alone), Math.max(1, processes - 1))]
  return deal(seats, processes)
}

function deal<T>(all: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => all.filter((_each, at) => at % hands === hand))
}
