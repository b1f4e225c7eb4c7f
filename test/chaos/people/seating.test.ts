import { expect, test } from 'vitest'
import { seat } from './seating.ts'

test('[CS1] everybody has a seat, and writes to others only', () => {
  const seats = seat(7, 3).flat()
  expect(seats.map(({ name }) => name).toSorted()).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6'])
  for (const { name, peers, contact } of seats) {
    expect(peers).toHaveLength(3)
    expect(new Set([...peers, name]).size).toBe(4)
    expect(contact).not.toBe(name)
  }
})

test('[CS2] whoever sits alone has a process, and hears from all others', () => {
  const [first, ...rest] = seat(5, 3, 1)
  expect(first?.map(({ name }) => name)).toEqual(['u0'])
  expect(first?.[0]?.peers).toEqual(['u1', 'u2', 'u3', 'u4'])
  expect(rest).toHaveLength(2)
  for (const { peers } of rest.flat()) expect(peers).toEqual(['u0'])
})
