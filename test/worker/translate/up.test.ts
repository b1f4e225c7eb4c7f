import { expect, test } from 'vitest'
import { translateUp } from '../../../worker/translate/up.ts'
import { aView } from './support.ts'

test('[TR5] PING is answered with PONG and its id', () => {
  expect(translateUp({ messageType: 'PING', id: 'p1' }, aView())).toEqual({
    push: [{ messageType: 'PONG', id: 'p1' }],
  })
})
