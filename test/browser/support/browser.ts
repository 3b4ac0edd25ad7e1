import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type LaunchOptions } from 'playwright-core'
import { chromiumOrExit } from '../../../dev/chromium.ts'
import { cleanUp } from '../../support/clean-up.ts'

const executablePath = chromiumOrExit()
// Unless it is given a folder for traces, Playwright creates one per profile and leaves it behind.
const tracesDir = ownFolder('test-traces-')

/** The browser that the tests of a file share; each test has a context of its own in it, which is a profile. */
export async function openBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, tracesDir, ...options })
  cleanUp(() => browser.close())
  return browser
}

/** A profile that can be closed and reopened. */
export function keptProfile() {
  const folder = ownFolder('test-profile-')
  return (options: BrowserContextOptions) =>
    chromium.launchPersistentContext(folder, { executablePath, tracesDir, ...options })
}

/** Closed after the file's tests. */
function ownFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  cleanUp(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
