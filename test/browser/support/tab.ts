import type { BrowserContext, CDPSession, Page } from 'puppeteer-core'
import { vi } from 'vitest'
import type { Client, Status } from '../../../client/src/types.ts'

/** What a tab shows and was told. */
export interface Look {
  readonly status: Status
  /** Contents of `message` events, over reloads of the tab. */
  readonly told: readonly string[]
  readonly errors: readonly string[]
  /** `content:state` of what was sent from this browser. */
  readonly messages: readonly string[]
}

/** A page of tab.html in the browser; tabs of one context share their storage, as those of one profile do. */
export class Tab {
  readonly page: Page
  readonly #cdp: CDPSession

  private constructor(page: Page, cdp: CDPSession) {
    this.page = page
    this.#cdp = cdp
  }

  /** `where` has the page of the tests, and the bridge to connect to. */
  static async open(
    context: BrowserContext,
    where: { readonly site: string; readonly bridge: string },
    user: string,
  ): Promise<Tab> {
    const page = await context.newPage()
    const query = new URLSearchParams({ user, bridge: where.bridge })
    await page.goto(`${where.site}/tab.html?${query.toString()}`)
    return new Tab(page, await page.createCDPSession())
  }

  look(): Promise<Look> {
    return this.page.evaluate(() => {
      const { client, told, errors } = globalThis as unknown as TabGlobals
      const { status, messages } = client.snapshot()
      const shown = [...messages.values()].map(({ content, state }) => `${content}:${state}`)
      return { status, told: [...told], errors: [...errors], messages: shown }
    })
  }

  send(to: string, ...contents: readonly string[]): Promise<void> {
    return this.page.evaluate(
      (recipient, texts) => {
        const { client } = globalThis as unknown as TabGlobals
        for (const content of texts) client.send({ to: recipient, content })
      },
      to,
      contents,
    )
  }

  /** Resolves when the tab looks as wanted; else fails, and says what it looked like at last. */
  async until(wanted: (look: Look) => boolean, what: string): Promise<void> {
    let last: Look | undefined
    const holds = async () => {
      last = await this.look().catch(() => undefined)
      return last !== undefined && wanted(last)
    }
    await vi.waitUntil(holds, { timeout: 30_000, interval: 50 }).catch(() => {
      throw new Error(`never came: ${what}; at last the tab was ${JSON.stringify(last)}`)
    })
  }

  async online(): Promise<this> {
    await this.until(({ status }) => status.kind === 'online', 'online')
    return this
  }

  /** How many frames the browser keeps for this page. */
  kept(): Promise<number> {
    return this.page.evaluate(async () => {
      const { indexedDB } = globalThis as unknown as TabGlobals
      const [{ name = '' } = {}] = await indexedDB.databases()
      const opened = indexedDB.open(name)
      await new Promise(resolve => opened.addEventListener('success', resolve))
      const count = opened.result.transaction('items').objectStore('items').count()
      await new Promise(resolve => count.addEventListener('success', resolve))
      opened.result.close()
      return count.result
    })
  }

  /** As browsers do with pages in the background. https://wicg.github.io/page-lifecycle/ */
  async freeze(state: 'frozen' | 'active'): Promise<void> {
    await this.#cdp.send('Page.setWebLifecycleState', { state })
  }

  /** Holds up everything that runs in the page, as an endless loop would; resolves when it does. */
  async hang(): Promise<() => Promise<void>> {
    const shown = Promise.withResolvers<() => Promise<void>>()
    this.page.once('dialog', dialog => shown.resolve(() => dialog.accept()))
    await this.page.evaluate(() => {
      const { setTimeout: later, alert } = globalThis as unknown as TabGlobals
      later(() => alert('hanging'), 0)
    })
    return shown.promise
  }
}

interface TabGlobals {
  readonly client: Client
  readonly told: readonly string[]
  readonly errors: readonly string[]
  readonly indexedDB: IDBFactory
  readonly setTimeout: (run: () => void, ms: number) => void
  readonly alert: (text: string) => void
}
