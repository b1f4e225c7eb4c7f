import type { Fault, FaultKind, Partner } from './fault.ts'

type WayOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind; how: string }>['how']

/** To whom a worker that is killed can be muted. */
export type Muted = 'nobody' | Exclude<Partner, 'dynamodb'>

/** How often a kind of fault comes within the whole of a profile's minutes, and how hard. */
export type Trouble =
  | {
      readonly kind: 'drain' | 'xmpp-restart' | 'store-throttle' | 'function-deaths'
      readonly times: number
    }
  /** Of what has several ways, one; where it is left out the plan draws one each time. */
  | { readonly kind: 'kill'; readonly times: number; readonly muted?: Muted }
  | { readonly kind: 'partition'; readonly times: number; readonly from?: Partner }
  | { readonly kind: 'reload'; readonly times: number; readonly how?: WayOf<'reload'> }
  | { readonly kind: 'disconnects'; readonly times: number; readonly how: WayOf<'disconnects'> }
  | { readonly kind: 'posts'; readonly times: number; readonly status: 429 | 500 }
  /** `sockets` is the share of all sockets that each cut takes; 0 is one socket. */
  | { readonly kind: 'cut'; readonly times: number; readonly sockets: number }
  | { readonly kind: 'pause' | 'freeze'; readonly times: number; readonly ms: readonly [number, number] }
  | {
      readonly kind: 'store-outage'
      readonly times: number
      readonly ms: readonly [number, number]
      readonly how?: WayOf<'store-outage'>
    }
  /** One fault as long as the talk. */
  | {
      readonly kind: 'frames'
      readonly times: 'always'
      readonly reorder: number
      readonly duplicate: number
      readonly drop: number
    }

export interface Profile {
  /** What it shows, in one line. */
  readonly about: string
  readonly minutes: number
  readonly users: number
  /** Messages of all users together. */
  readonly perSecond: number
  readonly troubles: readonly Trouble[]
  /** Users that sit in a process of their own, which is the one that freezes. */
  readonly alone?: number
  /** Processes per function: a call to a worker that is paused holds one for 5 s, of which AWS would start more. */
  readonly functions?: number
  /**
   * Scaled down: how long API Gateway leaves a silent socket open, and the bridge a session without one. Default: 10 minutes each.
   * Nobody changes presence then, since that is told to whoever sleeps, and keeps the socket open.
   */
  readonly patienceMs?: number
  /** Messages a minute that each user gets from an ordinary XMPP client beside those of the talk. */
  readonly fromOutside?: number
}

export const profileNames = [
  'kills',
  'drains',
  'pauses',
  'cuts',
  'frames',
  'herd',
  'restarts',
  'reloads',
  'services',
  'sleep',
  'night',
  'cost',
  'mixed',
] as const
export type ProfileName = (typeof profileNames)[number]

export const profiles: Record<ProfileName, Profile> = {
  kills: {
    about: 'workers die without a word, one every 30 s',
    minutes: 10,
    users: 100,
    perSecond: 25,
    troubles: [{ kind: 'kill', times: 20 }],
  },
  drains: {
    about: 'ten rolling deployments',
    minutes: 10,
    users: 100,
    perSecond: 25,
    troubles: [{ kind: 'drain', times: 10 }],
  },
  pauses: {
    about: 'workers that stop and wake as zombies, or lose DynamoDB, the XMPP server or the gateway',
    minutes: 20,
    users: 60,
    perSecond: 20,
    functions: 16,
    troubles: [
      // Around the 4 s of a lease, so that some wake before and some after it has run out.
      { kind: 'pause', times: 100, ms: [1000, 12_000] },
      { kind: 'partition', times: 20 },
      { kind: 'store-outage', times: 1, ms: [60_000, 60_000] },
    ],
  },
  cuts: {
    about: 'a thousand sockets lose their network: alone, and by the fifth; all at once are `herd`',
    minutes: 10,
    users: 100,
    perSecond: 20,
    troubles: [
      { kind: 'cut', times: 500, sockets: 0 },
      { kind: 'cut', times: 25, sockets: 0.2 },
    ],
  },
  frames: {
    about: 'twenty thousand frames on a way that delays, doubles and loses them',
    minutes: 10,
    users: 40,
    perSecond: 35,
    troubles: [{ kind: 'frames', times: 'always', reorder: 0.2, duplicate: 0.05, drop: 0.02 }],
  },
  herd: {
    about: 'all sockets are cut at once',
    minutes: 2,
    users: 1000,
    perSecond: 20,
    troubles: [{ kind: 'cut', times: 1, sockets: 1 }],
  },
  restarts: {
    about: 'the XMPP server forgets its streams while sockets come and go',
    minutes: 5,
    users: 40,
    perSecond: 20,
    troubles: [
      { kind: 'xmpp-restart', times: 15 },
      { kind: 'cut', times: 60, sockets: 0.3 },
    ],
  },
  reloads: {
    about: 'pages are closed or killed and come back, with workers and sockets lost meanwhile',
    minutes: 5,
    users: 40,
    perSecond: 20,
    troubles: [
      { kind: 'reload', times: 60 },
      { kind: 'cut', times: 20, sockets: 0.5 },
      { kind: 'kill', times: 5 },
    ],
  },
  services: {
    about: 'functions die before they have answered, DynamoDB throttles, the gateway refuses posts',
    minutes: 5,
    users: 40,
    perSecond: 20,
    functions: 16,
    troubles: [
      { kind: 'function-deaths', times: 10 },
      { kind: 'store-throttle', times: 10 },
      { kind: 'posts', times: 5, status: 429 },
      { kind: 'posts', times: 5, status: 500 },
    ],
  },
  sleep: {
    about: 'one client sleeps while two thousand messages arrive for it',
    minutes: 3,
    users: 5,
    perSecond: 20,
    troubles: [{ kind: 'freeze', times: 1, ms: [130_000, 130_000] }],
    alone: 1,
  },
  night: {
    about:
      'one client sleeps for longer than its socket and its session last, while two thousand messages arrive for it',
    minutes: 3,
    users: 5,
    perSecond: 20,
    // Half an hour at a fourteenth: the socket ends in its tenth minute, the session in the twentieth.
    troubles: [{ kind: 'freeze', times: 1, ms: [130_000, 130_000] }],
    patienceMs: 43_000,
    alone: 1,
  },
  cost: {
    about: 'what a normal chat costs: ten messages in and two out a minute',
    minutes: 5,
    users: 20,
    perSecond: 20 * (2 / 60),
    troubles: [],
    fromOutside: 8,
  },
  mixed: {
    about: 'everything at once, each in all its ways',
    minutes: 10,
    users: 40,
    perSecond: 20,
    functions: 16,
    troubles: [
      { kind: 'kill', times: 2, muted: 'nobody' },
      { kind: 'kill', times: 2, muted: 'gateway' },
      { kind: 'kill', times: 2, muted: 'xmpp' },
      { kind: 'drain', times: 3 },
      { kind: 'pause', times: 8, ms: [1000, 12_000] },
      { kind: 'partition', times: 2, from: 'dynamodb' },
      { kind: 'partition', times: 2, from: 'xmpp' },
      { kind: 'partition', times: 2, from: 'gateway' },
      { kind: 'store-outage', times: 1, ms: [5000, 8000], how: 'silent' },
      { kind: 'store-outage', times: 1, ms: [5000, 8000], how: 'errors' },
      { kind: 'store-throttle', times: 3 },
      { kind: 'function-deaths', times: 3 },
      { kind: 'cut', times: 40, sockets: 0 },
      { kind: 'cut', times: 5, sockets: 0.3 },
      { kind: 'frames', times: 'always', reorder: 0.05, duplicate: 0.02, drop: 0.005 },
      { kind: 'posts', times: 2, status: 429 },
      { kind: 'posts', times: 2, status: 500 },
      { kind: 'disconnects', times: 2, how: 'lost' },
      { kind: 'disconnects', times: 2, how: 'late' },
      { kind: 'xmpp-restart', times: 1 },
      { kind: 'freeze', times: 3, ms: [5000, 30_000] },
      { kind: 'reload', times: 3, how: 'crash' },
      { kind: 'reload', times: 3, how: 'close' },
    ],
  },
}
