import { get } from './app.ts'
import type { Entry } from './race.ts'

/** @throws unless they send the same page, except for what differs from visit to visit */
export async function assertSamePage(entries: Entry[]): Promise<void> {
  const pages = await Promise.all(
    entries.map(async ({ running, load }) => ({
      name: running.name,
      page: steady(await get(running.url + load.path, load.cookies?.[0])),
    })),
  )
  const [first, ...others] = pages
  for (const { name, page } of others) {
    if (page === first?.page) continue
    throw new Error(
      `${name} and ${first?.name} send different pages: bench/contestants/pages.ts no longer matches the views.\n` +
        `${first?.page}\n---\n${page}`,
    )
  }
}

/** Without what differs between contestants: the email address, numbers and file URLs. */
function steady(page: string): string {
  return page
    .replace(/\/assets\/[^"]*/g, '')
    .replace(/[\w.]+@example\.com/g, '')
    .replace(/\d+(\.\d+)?/g, '0')
    .replace(/\s+/g, ' ')
}
