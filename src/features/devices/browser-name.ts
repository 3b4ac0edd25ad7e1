import Bowser from 'bowser'

/** "Firefox on Windows", from a User-Agent header. */
export function browserName(userAgent: unknown): string {
  // bowser throws if it isn't a string, or is empty.
  const { browser, os } = Bowser.parse(typeof userAgent === 'string' && userAgent ? userAgent : 'unknown')
  return browser.name ? [browser.name, os.name].filter(Boolean).join(' on ') : 'Unknown browser'
}
