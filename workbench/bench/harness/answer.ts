import type { Harness } from './harness.ts'

/** One file of bench/questions/ each. */
export interface Question {
  /** What is typed after npm run bench --. */
  name: string
  question: string
  run(harness: Harness): Promise<Answer>
}

/** Plain data: it is kept as JSON, and benchmarks.md is made of that. */
export interface Answer {
  /** Two, with the figures in them. */
  sentences: string
  tables: Table[]
  charts: Chart[]
  goals?: Goal[]
  /** Every run behind the medians. */
  measured: unknown
}

export interface Table {
  columns: string[]
  rows: (string | number)[][]
}

/** What the project promises itself, as a share or a ratio of figures of one interleaved run. */
export interface Goal {
  goal: string
  reached: string
  met: boolean
}

export type Chart = BarChart | LineChart

/** A row for each name, and in it a bar for each series, with a line from its least to its largest run. */
export interface BarChart {
  kind: 'bars'
  title: string
  names: string[]
  series: { name: string; values: (Spread | undefined)[] }[]
}

export interface LineChart {
  kind: 'lines'
  title: string
  x: Axis
  y: Axis
  lines: { name: string; points: [number, number][] }[]
}

export interface Axis {
  name: string
  logarithmic?: boolean
}

/** Of several runs. */
export interface Spread {
  median: number
  min: number
  max: number
  runs: number[]
}
