import puppeteer, { type LaunchOptions } from 'puppeteer-core'
import { type Engine, programOf, type Window } from './engine.ts'

const chromiumPath =
  process.env.CHROMIUM_PATH ?? programOf('chromium-headless-shell', 'chromium', 'google-chrome')
const firefoxPath = process.env.FIREFOX_PATH ?? programOf('firefox-esr', 'firefox')

export const chromium: Engine = {
  name: 'Chromium',
  missing: chromiumPath ? undefined : 'apt-get install chromium-headless-shell, or set CHROMIUM_PATH',
  launch: () =>
    launch({
      browser: 'chrome',
      executablePath: chromiumPath ?? '',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    }),
}

/** Through WebDriver BiDi. */
export const firefox: Engine = {
  name: 'Firefox',
  missing: firefoxPath ? undefined : 'apt-get install firefox-esr, or set FIREFOX_PATH',
  launch: ({ keepsCookies = true } = {}) =>
    launch({
      browser: 'firefox',
      executablePath: firefoxPath ?? '',
      // 2 blocks all cookies.
      extraPrefsFirefox: keepsCookies ? {} : { 'network.cookie.cookieBehavior': 2 },
    }),
}

async function launch(options: LaunchOptions): Promise<Window> {
  const browser = await puppeteer.launch(options)
  const page = await browser.newPage()
  return {
    open: async (address) => void (await page.goto(address)),
    async type(field, text) {
      await page.locator(`xpath=${field}`).fill(text)
    },
    unfold: (element) => page.locator(`xpath=${element}`).click(),
    async click(element) {
      await Promise.all([page.waitForNavigation(), page.locator(`xpath=${element}`).click()])
    },
    back: async () => void (await page.goBack()),
    address: async () => page.url(),
    text: () => page.evaluate('document.body.innerText') as Promise<string>, // A string in every document.
    close: () => browser.close(),
  }
}
