import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

// Debian's headless Chromium comes first, because it runs the tests a third faster.
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]
const onMacs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** The browser set in CHROMIUM_PATH, or the first Chromium or Chrome on the PATH. Without one, exits with a hint. */
export function chromiumOrExit(): string {
  const named = process.env.CHROMIUM_PATH
  const found = (named ? [named] : candidates()).find(isProgram)
  if (found) return found
  console.error(
    'Chromium not found. Install it (apt-get install chromium-headless-shell, or chromium), or set CHROMIUM_PATH=/path/to/chrome',
  )
  process.exit(1)
}

function candidates(): string[] {
  const folders = process.env.PATH?.split(delimiter) ?? []
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), onMacs]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
