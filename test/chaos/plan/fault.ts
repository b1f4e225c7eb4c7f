/** Where one worker can be cut off from. */
export const partners = ['dynamodb', 'xmpp', 'gateway'] as const
export type Partner = (typeof partners)[number]

/** One thing that goes wrong. A worker is named by its place (0, 1, …): whoever holds that place at the time is meant. */
export type Fault =
  /**
   * SIGKILL. The place stays empty as long as a new task needs to come up. `muted`: nothing of what the worker said to that
   * partner in its last moments gets there, as when the host goes down with the network first.
   */
  | { readonly kind: 'kill'; readonly place: number; readonly muted?: Partner }
  /** A deployment: the next worker is up first, then SIGTERM. */
  | { readonly kind: 'drain'; readonly place: number }
  /** SIGSTOP, then SIGCONT: a zombie that does not know how long it slept. */
  | { readonly kind: 'pause'; readonly place: number; readonly forMs: number }
  /** No packet passes between a worker and one of its partners; what waits passes afterwards. */
  | {
      readonly kind: 'partition'
      readonly place: number
      readonly from: Partner
      readonly forMs: number
    }
  /** DynamoDB is away for workers and functions: silent, or with an error for each call. */
  | { readonly kind: 'store-outage'; readonly how: 'silent' | 'errors'; readonly forMs: number }
  /** DynamoDB refuses this share of what it is asked, from 0 to 1, because it is too much. */
  | { readonly kind: 'store-throttle'; readonly rate: number; readonly forMs: number }
  /** So often a function's process is killed when all it was called for is done, and its caller has not heard so. */
  | { readonly kind: 'function-deaths'; readonly everyMs: number; readonly forMs: number }
  /** So many sockets lose their network. `share` picks which. */
  | { readonly kind: 'cut'; readonly sockets: number; readonly share: number }
  /** Between gateway and functions. Rates from 0 to 1. */
  | {
      readonly kind: 'frames'
      readonly reorder: number
      readonly duplicate: number
      readonly drop: number
      readonly forMs: number
    }
  /** PostToConnection answers this instead of sending, at this rate. */
  | { readonly kind: 'posts'; readonly status: 429 | 500; readonly rate: number; readonly forMs: number }
  /** So many sockets lose their network, and of each end in this time `$disconnect` does not come, or long after the client is back. */
  | {
      readonly kind: 'disconnects'
      readonly how: 'lost' | 'late'
      readonly sockets: number
      readonly share: number
      readonly forMs: number
    }
  /** The XMPP server forgets its streams. */
  | { readonly kind: 'xmpp-restart' }
  /** SIGSTOP of a process of clients: tabs that sleep. */
  | { readonly kind: 'freeze'; readonly process: number; readonly forMs: number }
  /** New clients on the stores of old ones, which end by a crash or are closed. */
  | {
      readonly kind: 'reload'
      readonly clients: number
      readonly share: number
      readonly how: 'crash' | 'close'
    }

export type FaultKind = Fault['kind']

export interface PlannedFault {
  /** Milliseconds since the talk began. */
  readonly atMs: number
  readonly fault: Fault
}

/** How long a fault lasts by itself, in milliseconds. 0: it is over once done. */
export function lengthOf(fault: Fault): number {
  return 'forMs' in fault ? fault.forMs : 0
}

/** A few words for people. */
export function describe(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `SIGKILL of worker ${fault.place}${fault.muted === undefined ? '' : `, muted to ${fault.muted}`}`
    case 'drain':
      return `deployment over worker ${fault.place}`
    case 'pause':
      return `worker ${fault.place} stopped for ${fault.forMs} ms`
    case 'partition':
      return `worker ${fault.place} cut off from ${fault.from} for ${fault.forMs} ms`
    case 'store-outage':
      return `DynamoDB away (${fault.how}) for ${fault.forMs} ms`
    case 'store-throttle':
      return `DynamoDB throttles ${percent(fault.rate)} for ${fault.forMs} ms`
    case 'function-deaths':
      return `a function killed before it answers, each ${fault.everyMs} ms for ${fault.forMs} ms`
    case 'cut':
      return `${fault.sockets} sockets cut`
    case 'frames':
      return `frames: ${percent(fault.reorder)} late, ${percent(fault.duplicate)} twice, ${percent(fault.drop)} lost, ${fault.forMs} ms`
    case 'posts':
      return `${percent(fault.rate)} of posts answered ${fault.status} for ${fault.forMs} ms`
    case 'disconnects':
      return `${fault.sockets} sockets cut, each $disconnect ${fault.how} for ${fault.forMs} ms`
    case 'xmpp-restart':
      return 'XMPP server restarted'
    case 'freeze':
      return `clients of process ${fault.process} frozen for ${fault.forMs} ms`
    case 'reload':
      return `${fault.clients} clients reloaded (${fault.how})`
  }
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`
}
