import type { Spread } from './answer.ts'

export function spread(runs: number[]): Spread {
  const sorted = runs.toSorted((a, b) => a - b)
  return {
    median: percentile(sorted, 0.5),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    runs,
  }
}

/** @param sorted ascending */
export function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** 1,234 or 12.3 or 0.45, because a measurement justifies only three digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return 'not measured'
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 4 })
}

/** 1,230 (1,180 to 1,310) */
export function withRange({ median, min, max }: Spread): string {
  if (!Number.isFinite(median)) return 'not measured'
  return min === max ? short(median) : `${short(median)} (${short(min)} to ${short(max)})`
}
