import { beforeEach, expect, test } from 'vitest'
import { ClientState } from '../../../worker/session/client-state.ts'

let safe: boolean
let up: boolean
let said: string[]
let state: ClientState
beforeEach(() => {
  safe = true
  up = true
  said = []
  state = new ClientState({
    safe: () => safe,
    send: element => {
      if (up) said.push(element.toString())
      return up
    },
  })
})

const INACTIVE = '<inactive xmlns="urn:xmpp:csi:0"/>'
const ACTIVE = '<active xmlns="urn:xmpp:csi:0"/>'

test('[CI1] a session without a socket is inactive, once, until it has one', () => {
  for (const attached of [true, false, false, true, true]) state.say(attached)
  expect(said).toEqual([INACTIVE, ACTIVE])
})

test('[CI2] a new or resumed stream begins as active', () => {
  state.say(false)
  state.again(false)
  state.again(true)
  expect(said).toEqual([INACTIVE, INACTIVE])
})

test('[CI3] to a server that would send out of order nothing is said (RS7)', () => {
  safe = false
  state.say(false)
  state.say(true)
  expect(said).toEqual([])
})

test('[CI4] what did not go out was not said', () => {
  up = false
  state.say(false)
  up = true
  state.say(false)
  expect(said).toEqual([INACTIVE])
})
