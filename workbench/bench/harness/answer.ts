import type { Harness } from './harness.ts'

/** One file of bench/questions/ each. */
export interface Question {
  /** As in npm run bench -- NAME. */
  name: string
  question: string
  run(harness: Harness): Promise<Answer>
}

/** Plain data, kept as JSON, from which benchmarks.md is made. */
export interface Answer {
  /** Two, including the figures. */
  sentences: string
  tables: Table[]
  charts: Chart[]
  goals?: Goal[]
  /** Every run behind the medians */
  measured: unknown
}

export interface Table {
  columns: string[]
  rows: (string | number)[][]
}

/** A performance goal: a share or ratio of figures from one interleaved run. */
export interface Goal {
  goal: string
  reached: string
  met: boolean
}

export type Chart = BarChart | LineChart

/** A row per name with a bar per series, each with a line from its smallest to its largest run. */
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

/** Over several runs. */
export interface Spread {
  median: number
  min: number
  max: number
  runs: number[]
}
