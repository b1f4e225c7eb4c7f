import type { Rule } from '../check/violation.ts'
import type { ProfileName } from '../plan/profiles.ts'
import { STREAMS } from '../report/figures.ts'
import type { ServerName } from '../world/xmpp-host.ts'

/** A fault that was planted to see whether the harness finds it. The patch has the same name. */
export interface Bug {
  readonly name: string
  /** What the patch does. */
  readonly about: string
  readonly profile: ProfileName
  readonly server: ServerName
  readonly seed: number
  readonly minutes: number
  readonly users: number
  readonly rate: number
  readonly quiet: number
  /** One of these must be broken, or this figure not be reached; `rest`: not everybody has caught up in the end. */
  readonly breaks: readonly (Rule | 'rest' | typeof STREAMS)[]
}

/** One minute of fifteen messages a second: enough that something is always on its way when a fault comes. */
const usual = { server: 'prosody', seed: 1, minutes: 1, users: 10, rate: 15, quiet: 20 } as const
/** Each kill is of a worker that cannot be heard any more: by the gateway, or by the XMPP server. */
const mutedToGateway = { ...usual, profile: 'kills', seed: 6 } as const
const mutedToXmpp = { ...usual, profile: 'kills', seed: 69 } as const
const restarts = { ...usual, profile: 'restarts' } as const

export const bugs: readonly Bug[] = [
  {
    ...mutedToGateway,
    name: 'h-before-the-client-has-it',
    about: 'inbound stanzas are acknowledged to the XMPP server when they are read, as libraries do',
    breaks: ['lost'],
  },
  {
    ...mutedToXmpp,
    name: 'ack-before-the-server-has-it',
    about: 'a message is acknowledged to its sender before the XMPP server has acknowledged it',
    breaks: ['lost'],
  },
  {
    ...mutedToGateway,
    name: 'blind-resend-after-a-kill',
    about: 'what a dead worker may have sent is sent again without a look into the archive',
    breaks: ['doubled'],
  },
  {
    ...mutedToGateway,
    name: 'resent-taken-for-heard',
    about: 'a successor takes what the XMPP server sends it again for what it has heard before',
    breaks: ['lost', 'rest'],
  },
  {
    ...mutedToGateway,
    name: 'prev-wrong-after-a-take-over',
    about: 'a successor goes on a few stanzas too late and says that nothing lies between',
    breaks: ['lost'],
  },
  {
    ...usual,
    server: 'ejabberd',
    profile: 'sleep',
    minutes: 3,
    users: 5,
    rate: 20,
    name: 'h-pinned-by-a-sleeping-client',
    about: 'the XMPP server keeps all that a client has not acknowledged, until its queue is full',
    breaks: [STREAMS, 'lost'],
  },
  {
    ...mutedToGateway,
    name: 'h-told-and-not-stored',
    about: 'the XMPP server is told an h that the row does not know, so no successor can resume',
    breaks: [STREAMS],
  },
  {
    ...usual,
    profile: 'kills',
    minutes: 1.5,
    rate: 25,
    // Each place is killed once, so each session gets a successor. Five users set their presence for the last time long before
    // the first kill: with 64 stanzas behind it, the XMPP server does not send it again (PERSISTENCE).
    seed: 2833,
    name: 'presence-not-unknown-after-a-take-over',
    about: 'a successor shows contacts that it has not heard of as away, and no client repeats its presence',
    breaks: ['presence'],
  },
  {
    ...usual,
    profile: 'drains',
    name: 'clean-close-on-drain',
    about: 'a draining worker closes the XMPP stream that its successor is to resume',
    breaks: [STREAMS, 'lost'],
  },
  {
    ...usual,
    profile: 'frames',
    name: 'repeated-frames-sent-again',
    about: 'a frame that comes twice becomes two stanzas',
    breaks: ['doubled'],
  },
  {
    ...usual,
    profile: 'frames',
    name: 'early-frames-not-held',
    about: 'frames are taken in the order in which they come',
    breaks: ['reordered', 'forgotten', 'lost'],
  },
  {
    ...restarts,
    name: 'cursor-of-another-stream',
    about: 'a new stream of the XMPP server is counted on in the old one, whose cursor the client keeps',
    breaks: ['lost'],
  },
  {
    ...restarts,
    name: 'no-dedupe-by-archive-id',
    about: 'neither client nor tab knows what it has shown: what comes live during a fetch is shown twice',
    breaks: ['doubled'],
  },
  {
    ...usual,
    profile: 'sleep',
    minutes: 0.7,
    users: 5,
    rate: 20,
    name: 'reset-without-archive',
    about: 'the client goes on after a RESET without asking the archive for what lies between',
    breaks: ['lost'],
  },
  {
    ...restarts,
    name: 'unacknowledged-forgotten-on-a-new-stream',
    about: 'what was on its way when a stream was lost counts as sent',
    breaks: ['lost'],
  },
  {
    ...usual,
    profile: 'reloads',
    name: 'outbox-not-kept',
    about: 'the client sends at once and keeps nothing that a reload could find',
    breaks: ['forgotten'],
  },
  {
    ...usual,
    profile: 'pauses',
    name: 'take-over-without-a-condition',
    about: 'whoever wants a session takes it, whatever its row says by then',
    breaks: ['stale-write', 'stale', 'lost', 'doubled', 'rest', STREAMS],
  },
  {
    ...usual,
    profile: 'pauses',
    // Twice a worker sleeps for longer than its lease while all else is well: its sessions have other owners when it wakes.
    seed: 64,
    name: 'no-epoch-check',
    about: 'rows are written in any epoch: a worker that wakes goes on with sessions that others own by then',
    breaks: ['stale-write'],
  },
]
