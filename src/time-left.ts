const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How long it is until then: see duration. */
export function timeLeft(until: Date, now = new Date()): string {
  return duration(until.getTime() - now.getTime())
}

/** "13 days 23 hours" from milliseconds: the two largest units, rounded down; "less than a minute" below that. */
export function duration(milliseconds: number): string {
  let rest = Math.max(0, milliseconds)
  const parts = []
  for (const [unit, ms] of units) {
    const count = Math.floor(rest / ms)
    rest -= count * ms
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`)
  }
  return parts.slice(0, 2).join(' ') || 'less than a minute'
}
