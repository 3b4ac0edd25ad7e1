/** Metrics in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export interface Metric {
  text(): string
}

export type Labels = Readonly<Record<string, string | number>>

/** Seconds. From an answer out of memory to one that a person no longer waits for. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts up; one series for each combination of labels, so give it no label that visitors can make up. */
export function counter(name: string, help: string) {
  const series = new Map<string, number>()
  return {
    add(labels: Labels): void {
      const key = name + inBraces(labels)
      series.set(key, (series.get(key) ?? 0) + 1)
    },
    text: () => lines(name, 'counter', help, series),
  }
}

/** How often something took how long. */
export function histogram(name: string, help: string) {
  const series = new Map<string, { labels: Labels; counts: number[]; sum: number }>()
  return {
    observe(labels: Labels, seconds: number): void {
      const key = inBraces(labels)
      const one = series.get(key) ?? { labels, counts: limits.map(() => 0), sum: 0 }
      series.set(key, one)
      one.sum += seconds
      one.counts = one.counts.map((count, i) => (seconds <= (limits[i] ?? 0) ? count + 1 : count))
    },
    text: () => lines(name, 'histogram', help, [...series.values()].flatMap(seriesOf)),
  }

  function seriesOf({ labels, counts, sum }: { labels: Labels; counts: number[]; sum: number }) {
    const total = counts.at(-1) ?? 0
    return [
      ...counts.map(
        (count, i) => [`${name}_bucket${inBraces({ ...labels, le: limitName(i) })}`, count] as const,
      ),
      [`${name}_sum${inBraces(labels)}`, sum] as const,
      [`${name}_count${inBraces(labels)}`, total] as const,
    ]
  }
}

/** Looked up when somebody asks. */
export function gauge(name: string, help: string, read: () => [Labels, number][], type = 'gauge'): Metric {
  return {
    text: () =>
      lines(
        name,
        type,
        help,
        read().map(([labels, value]) => [name + inBraces(labels), value]),
      ),
  }
}

const limits = [...buckets, Number.POSITIVE_INFINITY]

function limitName(index: number): string {
  return String(buckets[index] ?? '+Inf')
}

function lines(
  name: string,
  type: string,
  help: string,
  series: Iterable<readonly [string, number]>,
): string {
  const values = [...series].map(([key, value]) => `${key} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${values.join('')}`
}

function inBraces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(String(value))}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
