const GIB = 1024

/** The memory that goes with so many CPU units, in MiB: "Task size", Amazon ECS guide for Fargate. */
const SIZES: Readonly<Record<number, { from: number; to: number; step: number }>> = {
  512: { from: GIB, to: 4 * GIB, step: GIB },
  1024: { from: 2 * GIB, to: 8 * GIB, step: GIB },
  2048: { from: 4 * GIB, to: 16 * GIB, step: GIB },
  4096: { from: 8 * GIB, to: 30 * GIB, step: GIB },
  8192: { from: 16 * GIB, to: 60 * GIB, step: 4 * GIB },
  16_384: { from: 32 * GIB, to: 120 * GIB, step: 8 * GIB },
}
const OF_A_QUARTER = [512, GIB, 2 * GIB]

/** Whether Fargate has tasks of this size. */
export function isFargateSize(cpu: number, memoryMiB: number): boolean {
  if (cpu === 256) return OF_A_QUARTER.includes(memoryMiB)
  const size = SIZES[cpu]
  if (!size) return false
  return memoryMiB >= size.from && memoryMiB <= size.to && (memoryMiB - size.from) % size.step === 0
}
