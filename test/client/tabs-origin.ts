import type { SleepEvents, TabChannel } from '../../client/src/tabs-world.ts'
import type { Locks } from '../../client/src/tabs-lock.ts'

type Listener = (event: { readonly data: unknown }) => void

/** A tab of the fake browser. A frozen one hears nothing until it thaws, and then everything at once. */
export class FakeTab {
  #frozen: (() => void)[] | undefined

  /** Tells it that it is about to be frozen, or was. */
  sleep: SleepEvents | undefined
  /** What it says reaches nobody any more. */
  muted = false

  /** Runs a task of this tab, now or when it thaws. */
  task(run: () => void): void {
    if (this.#frozen === undefined) run()
    else this.#frozen.push(run)
  }

  /** It hangs, and is not told before. */
  freeze(): void {
    this.#frozen = []
  }

  thaw(): void {
    const late = this.#frozen ?? []
    this.#frozen = undefined
    for (const run of late) run()
  }

  /** It thaws, and what came meanwhile is lost. */
  forget(): void {
    this.#frozen = undefined
  }

  onSleep(events: SleepEvents): () => void {
    this.sleep = events
    return () => undefined
  }
}

interface Request {
  readonly tab: FakeTab
  readonly grant: () => void
  readonly reject: (error: Error) => void
}

/** One origin: locks and channels that its tabs share, as https://w3c.github.io/web-locks/ and the HTML standard say. */
export class FakeOrigin {
  readonly #queues = new Map<string, Request[]>()
  readonly #channels = new Map<string, Map<TabChannel, { tab: FakeTab; listeners: Listener[] }>>()

  locks(tab: FakeTab): Locks {
    const request = (name: string, options: LockOptions, hold: LockGrantedCallback<unknown>) =>
      this.#request(tab, name, options, hold)
    return { request } as Locks
  }

  /** The tab is gone without a word: its locks go to the next in line. */
  crash(tab: FakeTab): void {
    tab.freeze()
    for (const queue of this.#queues.values()) {
      const held = queue[0]?.tab === tab
      queue.splice(0, queue.length, ...queue.filter(request => request.tab !== tab))
      if (held) queue[0]?.grant()
    }
    for (const channels of this.#channels.values()) {
      for (const [channel, end] of channels) if (end.tab === tab) channels.delete(channel)
    }
  }

  channel(tab: FakeTab, name: string): TabChannel {
    const all = this.#channels.get(name) ?? new Map<TabChannel, { tab: FakeTab; listeners: Listener[] }>()
    this.#channels.set(name, all)
    const listeners: Listener[] = []
    const channel: TabChannel = {
      postMessage: data => {
        if (tab.muted) return
        const copies = [...all].filter(([other]) => other !== channel).map(([, end]) => end)
        for (const end of copies) {
          const copy: unknown = structuredClone(data)
          queueMicrotask(() =>
            end.tab.task(() => {
              const isOpen = [...all.values()].includes(end)
              if (isOpen) end.listeners.forEach(listener => listener({ data: copy }))
            }),
          )
        }
      },
      addEventListener: (_type, listener) => void listeners.push(listener),
      close: () => void all.delete(channel),
    }
    all.set(channel, { tab, listeners })
    return channel
  }

  #request(
    tab: FakeTab,
    name: string,
    { steal = false, signal }: LockOptions,
    hold: LockGrantedCallback<unknown>,
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    const remove = () => {
      const place = queue.indexOf(request)
      if (place >= 0) queue.splice(place, 1)
      if (place === 0) queue[0]?.grant()
    }
    const end = async (held: unknown) => {
      const value = await held
      remove()
      resolve(value)
    }
    const request: Request = {
      tab,
      grant: () =>
        tab.task(() => {
          void end(hold({ name, mode: 'exclusive' }))
        }),
      reject: error => tab.task(() => reject(error)),
    }
    const aborted = () => {
      if (queue[0] === request) return
      remove()
      reject(new DOMException('aborted', 'AbortError'))
    }
    signal?.addEventListener('abort', aborted)
    if (steal) queue.splice(0, queue.length > 0 ? 1 : 0, request).forEach(robbed => robbed.reject(stolen()))
    else queue.push(request)
    if (queue[0] === request) queueMicrotask(() => request.grant())
    return promise
  }
}

const stolen = () => new DOMException('Lock broken by another request with the steal option', 'AbortError')
