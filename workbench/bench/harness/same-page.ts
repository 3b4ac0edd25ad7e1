import { get } from './app.ts'
import type { Entry } from './race.ts'

/** @throws when they do not send the same page, but for what differs from visit to visit */
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
      `${name} sends another page than ${first?.name}: bench/contestants/pages.ts no longer has what the views need.\n` +
        `${first?.page}\n---\n${page}`,
    )
  }
}

/** Without what each contestant has of its own: the email address, numbers and the addresses of files. */
function steady(page: string): string {
  return page
    .replace(/\/assets\/[^"]*/g, '')
    .replace(/[\w.]+@example\.com/g, '')
    .replace(/\d+(\.\d+)?/g, '0')
    .replace(/\s+/g, ' ')
}
