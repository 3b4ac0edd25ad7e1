import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type LaunchOptions } from 'playwright-core'
import { chromiumOrExit } from '../../../dev/chromium.ts'
import { cleanUp } from '../../support/clean-up.ts'

const executablePath = chromiumOrExit()
// Playwright makes a folder for the traces of each profile unless it is given one, and leaves it behind.
const tracesDir = ownFolder('test-traces-')

/** The browser that the tests of a file share; each test has a context of its own in it, which is a profile. */
export async function openBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, tracesDir, ...options })
  cleanUp(() => browser.close())
  return browser
}

/** A profile that can be closed and opened again, as a person does with their browser. */
export function keptProfile() {
  const folder = ownFolder('test-profile-')
  return (options: BrowserContextOptions) =>
    chromium.launchPersistentContext(folder, { executablePath, tracesDir, ...options })
}

/** Gone after the file's tests. */
function ownFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  cleanUp(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
