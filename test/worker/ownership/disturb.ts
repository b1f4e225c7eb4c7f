import type { Fleet } from './fleet.ts'

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruence, Numerical Recipes). */
export function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** One worker after another is paused, cut off from the table, or hears no answer of it, for up to 12 s each; then all is well. */
export async function disturb(fleet: Fleet, random: () => number): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    const member = fleet.members[Math.floor(random() * fleet.members.length)]
    if (member === undefined) continue
    const trouble = Math.floor(random() * 4)
    if (trouble === 0) member.process.pause()
    if (trouble === 1) member.way = 'cut'
    if (trouble === 2) member.way = 'answers-lost'
    await fleet.turn(Math.floor(random() * 12_000))
    member.way = 'open'
    member.process.goOn()
  }
}
