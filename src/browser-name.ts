import Bowser from 'bowser'

/** "Firefox on Windows", from a User-Agent header; "An unknown browser" when it says nothing that we know. */
export function browserName(userAgent: string | undefined): string {
  // bowser throws on an empty string.
  if (!userAgent) return unknown
  const { browser, os } = Bowser.parse(userAgent)
  return browser.name ? [browser.name, os.name].filter(Boolean).join(' on ') : unknown
}

const unknown = 'An unknown browser'
