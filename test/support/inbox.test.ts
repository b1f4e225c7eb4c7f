import { expect, test } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { Inbox, NeverCame } from './inbox.ts'

function inbox(clock = new FakeClock()): Inbox<string> {
  return new Inbox<string>('sergio', item => item, clock)
}

test('[IB1] an item is found whether it came before or comes after the wait, and is given out once', async () => {
  const box = inbox()
  box.push('a1')
  const later = box.waitFor(item => item.startsWith('b'), 'a b')
  box.push('b1')
  box.push('a2')
  expect(await box.waitFor(item => item.startsWith('a'), 'an a')).toBe('a1')
  expect(await box.waitFor(item => item.startsWith('a'), 'an a')).toBe('a2')
  expect(await later).toBe('b1')
  expect(box.all).toEqual(['a1', 'b1', 'a2'])
})

test('[IB2] two who wait for the same kind get one item each, in their order', async () => {
  const box = inbox()
  const first = box.waitFor(() => true, 'anything')
  const second = box.waitFor(() => true, 'anything')
  box.push('1')
  box.push('2')
  expect(await Promise.all([first, second])).toEqual(['1', '2'])
})

test('[IB3] what never comes ends the wait with a list of what came', async () => {
  const clock = new FakeClock()
  const box = inbox(clock)
  box.push('something else')
  const waiting = box.waitFor(item => item === 'godot', 'Godot', 500)
  clock.advance(500)
  await expect(waiting).rejects.toThrow(NeverCame)
  await expect(waiting).rejects.toThrow(
    'sergio waited for Godot, which never came (within 500 ms); 1 came, at last:\n  something else',
  )
  expect(clock.pending).toBe(0)
})

test('[IB4] the end of the connection ends every wait at once, and what came before can still be claimed', async () => {
  const box = inbox()
  box.push('before')
  const waiting = box.waitFor(item => item === 'godot', 'Godot')
  box.close('the connection ended')
  await expect(waiting).rejects.toThrow('the connection ended')
  await expect(box.waitFor(item => item === 'godot', 'Godot')).rejects.toThrow('the connection ended')
  expect(await box.waitFor(item => item === 'before', 'the first')).toBe('before')
})
