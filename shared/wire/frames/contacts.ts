import * as z from 'zod/mini'
import { count, frameId } from '../ids.ts'
import { shownPresence } from './presence.ts'

const to = z.string()
const groupName = z.string().check(z.minLength(1), z.maxLength(256))

/** Puts the address on the roster and asks to see its presence (RFC 6121 2.3 and 3.1). */
export const addContact = z.object({
  messageType: z.literal('ADD_CONTACT'),
  id: z.optional(frameId),
  to,
  name: z.optional(z.string().check(z.maxLength(256))),
  groups: z.optional(z.array(groupName).check(z.maxLength(32))),
})

/** Takes the address off the roster; both subscriptions end with it (RFC 6121 2.5). */
export const unsubscribe = z.object({ messageType: z.literal('UNSUBSCRIBE'), id: z.optional(frameId), to })

export const getContacts = z.object({ messageType: z.literal('GET_CONTACTS'), id: z.optional(frameId) })

/** Answers a subscription request (RFC 6121 3.1.4). */
export const answerSubscription = z.object({
  messageType: z.literal('SUBSCRIPTION'),
  id: z.optional(frameId),
  to,
  answer: z.enum(['approve', 'refuse']),
  seq: z.optional(count),
})

/** RFC 6121 2.1.2.5: who sees whose presence. */
export const subscription = z.enum(['none', 'to', 'from', 'both'])

const contact = z.object({
  jid: z.string(),
  name: z.string(),
  groups: z.array(z.string()),
  subscription,
  /** Our request to see its presence has no answer yet. */
  pending: z.boolean(),
  presence: z.object({ show: shownPresence, status: z.optional(z.string()) }),
})

/** One roster item changed; `removed` when it left the roster. */
export const contactChanged = z.object({
  messageType: z.literal('CONTACT'),
  ...contact.shape,
  removed: z.optional(z.literal(true)),
})

export const contacts = z.object({
  messageType: z.literal('GET_CONTACTS'),
  id: z.optional(frameId),
  /** A JSON array of names in a string, as the original client reads it. */
  content: z.string(),
  contacts: z.array(contact),
  /** [i, n] from 1: which of how many frames this is, when one does not hold them all. */
  part: z.optional(z.tuple([z.int(), z.int()])),
})

/** Somebody asks to see the user's presence. */
export const subscriptionRequest = z.object({
  messageType: z.literal('SUBSCRIPTION'),
  from: z.string(),
  status: z.optional(z.string()),
})

/** All contacts and open requests, for a sequenced client after JOIN and after a change of worker; replaces what it knew. */
export const snapshot = z.object({
  messageType: z.literal('SNAPSHOT'),
  contacts: z.array(contact),
  requests: z.array(z.object({ from: z.string(), status: z.optional(z.string()) })),
  part: z.optional(z.tuple([z.int(), z.int()])),
})

/** The answers to the requests above: done. */
export const contactAdded = z.object({ messageType: z.literal('ADD_CONTACT'), id: z.optional(frameId), to })
export const unsubscribed = z.object({ messageType: z.literal('UNSUBSCRIBE'), id: z.optional(frameId), to })

export type AddContact = z.infer<typeof addContact>
export type Unsubscribe = z.infer<typeof unsubscribe>
export type GetContacts = z.infer<typeof getContacts>
export type AnswerSubscription = z.infer<typeof answerSubscription>
export type Contact = z.infer<typeof contact>
export type ContactChanged = z.infer<typeof contactChanged>
export type ContactList = z.infer<typeof contacts>
export type Subscription = z.infer<typeof subscription>
export type Snapshot = z.infer<typeof snapshot>
