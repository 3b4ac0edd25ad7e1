export const categories = ['performance', 'accessibility', 'best-practices', 'seo']

/** As much of https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md as is read here. */
export interface Report {
  categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>
  audits: Record<string, { score: number | null; title: string; details?: { items?: unknown[] } }>
}

interface Transfer {
  url: string
  transferSize: number
  resourceSize: number
}

/** In Markdown. */
export function table(reports: { page: string; report: Report }[]): string {
  const rows = reports.map(({ page, report }) => [page, ...categories.map((name) => score(report, name))])
  const lines = [['page', ...categories], ['---', ...categories.map(() => '--:')], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function score({ categories }: Report, name: string): number {
  return Math.round((categories[name]?.score ?? 0) * 100)
}

/** What each figure below 100 is for. */
export function missing(reports: { page: string; report: Report }[]): string {
  const lines = reports.flatMap(({ page, report }) =>
    categories.flatMap((name) =>
      (report.categories[name]?.auditRefs ?? [])
        .filter(({ id, weight }) => weight > 0 && (report.audits[id]?.score ?? 1) < 1)
        .map(
          ({ id }) => `- ${page}: ${name}: ${report.audits[id]?.title} (${id}, ${report.audits[id]?.score})`,
        ),
    ),
  )
  return lines.length > 0 ? `\nBelow 1:\n${lines.join('\n')}` : '\nNothing is missing.'
}

/** What comes over the wire. */
export function firstLoad(report: Report | undefined): string {
  // Each entry of this audit has these fields.
  const transfers = (report?.audits['network-requests']?.details?.items ?? []) as Transfer[]
  const blocking = (report?.audits['render-blocking-resources']?.details?.items ?? []) as Transfer[]
  const bytes = transfers.reduce((sum, { transferSize }) => sum + transferSize, 0)
  const scripts = blocking.filter(({ url }) => url.endsWith('.js')).length
  return `\n/login: ${transfers.length} requests, ${bytes} bytes over the wire; blocking scripts: ${scripts}`
}
