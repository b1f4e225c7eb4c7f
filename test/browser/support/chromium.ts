import puppeteer, { type Browser } from 'puppeteer-core'
import { describe, test } from 'vitest'
import { findChromium } from '../../../local/setup/find.mjs'

const executablePath = findChromium()
const MISSING = 'There is no Chromium: node local/setup.mjs --with=chromium installs it, CHROMIUM names one.'

/** A suite in a real Chromium: skipped with a note where there is none, except in continuous integration. */
export function inChromium(name: string, suite: () => void): void {
  if (executablePath !== undefined) {
    describe(name, suite)
  } else if (process.env['CI'] === 'true') {
    test(`[BR0] Chromium is there in continuous integration, for: ${name}`, () => {
      throw new Error(MISSING)
    })
  } else {
    console.log(`Skipped: ${name}. ${MISSING}`)
    describe.skip(name, () => test(MISSING, () => undefined))
  }
}

/** A Chromium with a profile of its own, which it loses when it is closed. */
export function startChromium(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: executablePath ?? '',
    // Chromium's sandbox refuses to run as root, which is what containers of tests run as.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}
