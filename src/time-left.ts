const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** "13 days 23 hours": the two largest units, rounded down; "less than a minute" below that. */
export function timeLeft(until: Date, now = new Date()): string {
  let rest = Math.max(0, until.getTime() - now.getTime())
  const parts = []
  for (const [unit, ms] of units) {
    const count = Math.floor(rest / ms)
    rest -= count * ms
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return parts.slice(0, 2).join(' ') || 'less than a minute'
}
