import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { systemClock, within } from '../../shared/clock.ts'
import { SequencedUser } from '../support/sequenced-user.ts'
import { WebUser, type ConnectOptions } from '../support/web-user.ts'
import { XmppUser } from '../support/xmpp-user.ts'
import { reach } from './reach.ts'
import { NotReached, type Reached } from './reached.ts'
import type { Account } from './target.ts'

type Accounts<Names extends readonly string[]> = { readonly [N in keyof Names]: Account }

/** LEAVE is answered at once; where nobody answers any more, the next test need not wait. */
const GOODBYE_WITHIN_MS = 5000

const JOIN_ENDS = new Set(['JOIN_SUCCESS', 'FORBIDDEN'])

/** The tests of a file as guests of one bridge: each with people of its own, who are signed out when it has finished. */
export class Visit {
  readonly #open: () => Promise<Reached>
  readonly #run = randomBytes(3).toString('hex')
  #reached: Reached | undefined
  #taken = 0
  #web: WebUser[] = []
  #sequenced: SequencedUser[] = []
  #ordinary: XmppUser[] = []

  constructor(open: () => Promise<Reached>) {
    this.#open = open
  }

  async begin(): Promise<void> {
    this.#reached = await this.#open()
  }

  async end(): Promise<void> {
    await this.#reached?.stop()
  }

  get url(): string {
    return this.#bridge.url
  }

  get domain(): string {
    return this.#bridge.domain
  }

  /** The tables of a deployment. */
  get tables(): NonNullable<Reached['tables']> {
    const { tables } = this.#bridge
    if (tables === undefined) throw new NotReached('Nobody looks into the tables of this target.')
    return tables
  }

  /** Whether accounts are new when a test takes them. */
  get hasNewAccounts(): boolean {
    return this.#bridge.accounts === undefined
  }

  /** An account for each name: new ones called so, or the next of those there are, which differ within a test of two. */
  people<const Names extends readonly string[]>(...names: Names): Accounts<Names> {
    const found = names.map(name => this.#account(name))
    return found as readonly Account[] as Accounts<Names>
  }

  /** A socket that has not joined. */
  async connect(options: ConnectOptions = {}): Promise<WebUser> {
    const user = await WebUser.connect(this.url, options)
    this.#web.push(user)
    return user
  }

  async signIn({ username, password }: Account): Promise<WebUser> {
    const user = await this.connect()
    await user.join(username, password)
    return user
  }

  async signInSequenced({ username, password }: Account): Promise<SequencedUser> {
    const user = await SequencedUser.signIn(this.url, username, password)
    this.#sequenced.push(user)
    return user
  }

  /** Somebody with an ordinary XMPP client, whose account is made when it is a new one. */
  async ordinary(account: Account): Promise<XmppUser> {
    const { xmpp, accounts } = this.#bridge
    if (xmpp === undefined) throw new NotReached('No ordinary XMPP client reaches the server of this target.')
    if (accounts === undefined) await XmppUser.register(xmpp, account.username, account.password)
    return this.device(account)
  }

  /** An ordinary XMPP client of an account that is there. */
  async device({ username, password }: Account): Promise<XmppUser> {
    const { xmpp } = this.#bridge
    if (xmpp === undefined) throw new NotReached('No ordinary XMPP client reaches the server of this target.')
    const user = await XmppUser.login(xmpp, username, password)
    this.#ordinary.push(user)
    return user
  }

  jidOf({ username }: Account): string {
    return `${username}@${this.domain}`
  }

  /** Ends the sessions of this test, so that the next one with the same accounts finds none. */
  async signOut(): Promise<void> {
    await Promise.all([
      ...this.#web.splice(0).map(leave),
      ...this.#sequenced.splice(0).map(leaveSequenced),
      ...this.#ordinary.splice(0).map(user => user.logout()),
    ])
  }

  get #bridge(): Reached {
    if (this.#reached === undefined) throw new NotReached('The visit has not begun.')
    return this.#reached
  }

  #account(name: string): Account {
    const { accounts } = this.#bridge
    const count = this.#taken++
    if (accounts === undefined) return { username: `${name}${count}-${this.#run}`, password: `${name}-pass` }
    const next = accounts[count % accounts.length]
    if (next === undefined) throw new NotReached('There are no accounts.')
    return next
  }
}

/** The bridge of the target, or another, for all tests of a file. */
export function visit(open: () => Promise<Reached> = reach): Visit {
  const made = new Visit(open)
  beforeAll(() => made.begin())
  afterEach(() => made.signOut())
  afterAll(() => made.end())
  return made
}

async function leave(user: WebUser): Promise<void> {
  if (hasSession(user)) {
    user.send({ messageType: 'LEAVE' })
    await within(systemClock, GOODBYE_WITHIN_MS, user.closed)
  }
  user.terminate()
}

async function leaveSequenced(user: SequencedUser): Promise<void> {
  if (hasSession(user.socket)) {
    user.tell({ messageType: 'LEAVE' })
    await within(systemClock, GOODBYE_WITHIN_MS, user.socket.closed)
  }
  user.terminate()
}

/** Without one LEAVE would be refused. */
function hasSession({ isOpen, frames }: WebUser): boolean {
  const last = frames.findLast(({ messageType }) => JOIN_ENDS.has(String(messageType)))
  return isOpen && last?.messageType === 'JOIN_SUCCESS'
}
