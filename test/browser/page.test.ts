import type { Browser, ElementHandle, Page } from 'puppeteer-core'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bridge } from '../support/bridge.ts'
import { inChromium, startChromium } from './support/chromium.ts'
import { startSite, type Site } from './support/site.ts'

inChromium('the example page', () => {
  let folder: string
  let bridge: Bridge
  let site: Site
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stanzagate-test-'))
    bridge = await Bridge.start()
    site = await startSite(folder)
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser.close()
    await site.stop()
    await bridge.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function openPage(): Promise<{ page: Page; failures: string[] }> {
    const page = await browser.newPage()
    const failures: string[] = []
    page.on('pageerror', error => failures.push(String(error)))
    await page.goto(`${site.url}/page.html?bridge=${encodeURIComponent(bridge.url)}`)
    return { page, failures }
  }

  /** The half of the page that belongs to a user, once both know each other. */
  async function halfOf(page: Page, user: string, other: string): Promise<ElementHandle> {
    const half = await page.waitForSelector(`::-p-xpath(//section[h2/span = "${user}"])`)
    if (half === null) throw new Error(`the page has no part for ${user}`)
    await half.waitForSelector(`::-p-text(online · ${other} is available)`)
    return half
  }

  test('[EX1] two people chat on it, see the ticks, and still see what they sent after a reload', async () => {
    const { page, failures } = await openPage()
    const [sergio, jose] = [await halfOf(page, 'sergio', 'jose'), await halfOf(page, 'jose', 'sergio')]
    await (await sergio.waitForSelector('input'))?.type('hello <b>jose</b>\n')
    await jose.waitForSelector('::-p-text("sergio: hello <b>jose</b>")')
    await sergio.waitForSelector('li.own[data-state=displayed]')
    await (await jose.waitForSelector('input'))?.type('hi')
    await (await jose.waitForSelector('button'))?.click()
    await sergio.waitForSelector('::-p-text("jose: hi")')
    await page.reload()
    await (await halfOf(page, 'sergio', 'jose')).waitForSelector('li.own[data-state=displayed]')
    expect(failures).toEqual([])
  })
})
