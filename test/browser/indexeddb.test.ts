import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NamedStore } from '../../client/src/named-store.ts'
import type { Change, SavedItem } from '../../client/src/store.ts'
import { inChromium, startChromium } from './support/chromium.ts'
import { startSite, type Site } from './support/site.ts'

const item = (id: string): SavedItem => ({
  id,
  seq: 1,
  frame: { messageType: 'NEW_MESSAGE', to: 'jose', content: id },
  state: 'queued',
  atMs: 1,
})

inChromium('IndexedDB in a browser', () => {
  let folder: string
  let site: Site
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stanzagate-test-'))
    site = await startSite(folder)
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser.close()
    await site.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function openPage(): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(`${site.url}/client.js`)
    return page
  }

  /** Opens and loads a store in a page; it stays there as `store`. */
  function load(page: Page, name: string): Promise<unknown> {
    // As text: the import of a function would be rewritten for the test's own modules.
    return page.evaluate(`import('/client.js').then(({ indexedDbStore }) => {
      globalThis.store = indexedDbStore(${JSON.stringify(name)})
      return store.load()
    })`)
  }

  /** What became of a change: 'kept', or the fault. */
  function save(page: Page, change: Change): Promise<string> {
    return page.evaluate(async given => {
      const { store } = globalThis as unknown as { store: NamedStore }
      return store.save(given).then(
        () => 'kept',
        (error: { fault: string }) => error.fault,
      )
    }, change)
  }

  test('[BI1] what was saved is there after a reload, and what was removed is not', async () => {
    const page = await openPage()
    await load(page, 'one')
    expect(await save(page, { device: 'd1', put: [item('a'), item('b')] })).toBe('kept')
    expect(await save(page, { remove: ['a'] })).toBe('kept')
    await page.reload()
    expect(await load(page, 'one')).toEqual({ device: 'd1', items: [item('b')] })
  })

  test('[BI2] a tab that loads takes the store from the other, whose writes fail as a whole', async () => {
    const [before, after] = [await openPage(), await openPage()]
    await load(before, 'two')
    await load(after, 'two')
    expect(await save(before, { device: 'late', put: [item('late')] })).toBe('taken')
    expect(await save(after, { device: 'd2' })).toBe('kept')
    expect(await load(after, 'two')).toEqual({ device: 'd2', items: [] })
  })
})
