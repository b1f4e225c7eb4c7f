import { expectTypeOf, test } from 'vitest'
import type * as seen from '../../client/src/types.ts'
import type { DownFrame } from '../../shared/wire/down.ts'
import type { Show } from '../../shared/wire/frames/presence.ts'

/*
 * The client's types are written by hand, so that its package needs no other; here they are held against the schemas.
 * The compiler is the judge: these tests fail in `npm run check:static`.
 */

type Frame<Type extends DownFrame['messageType']> = Extract<DownFrame, { messageType: Type }>
type Fields<Type extends DownFrame['messageType']> = Exclude<keyof Frame<Type>, 'messageType' | 'part'>

test('[PK3] an event has each field of its frame, and no other', () => {
  expectTypeOf<keyof seen.Message>().toEqualTypeOf<Fields<'NEW_MESSAGE'>>()
  expectTypeOf<Exclude<keyof seen.Contact, 'address'>>().toEqualTypeOf<
    Exclude<Fields<'CONTACT'>, 'removed'>
  >()
  expectTypeOf<keyof seen.ClientEvents['presence']>().toEqualTypeOf<Fields<'PRESENCE'>>()
  expectTypeOf<keyof seen.SubscriptionRequest>().toEqualTypeOf<Fields<'SUBSCRIPTION'>>()
  expectTypeOf<keyof seen.TypingChange>().toEqualTypeOf<Fields<'TYPING'>>()
  expectTypeOf<keyof seen.Gap>().toEqualTypeOf<Fields<'GAP'>>()
  expectTypeOf<keyof seen.Features>().toEqualTypeOf<keyof Frame<'JOIN_SUCCESS'>['features']>()
})

test('[PK4] an event has the words of its frame', () => {
  expectTypeOf<seen.Show>().toEqualTypeOf<Show>()
  expectTypeOf<seen.Presence['show']>().toEqualTypeOf<Frame<'PRESENCE'>['show']>()
  expectTypeOf<seen.Contact['subscription']>().toEqualTypeOf<Frame<'CONTACT'>['subscription']>()
  expectTypeOf<seen.TypingChange['state']>().toEqualTypeOf<Frame<'TYPING'>['state']>()
  expectTypeOf<seen.Gap['reason']>().toEqualTypeOf<Frame<'GAP'>['reason']>()
  expectTypeOf<seen.MessageStateName>().toEqualTypeOf<'queued' | 'sent' | Frame<'STATE'>['state']>()
})
