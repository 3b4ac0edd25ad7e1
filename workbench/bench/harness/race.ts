import type { BarChart, Spread, Table } from './answer.ts'
import type { Running } from './contestant.ts'
import type { Harness } from './harness.ts'
import { interleave, type Spreads } from './interleave.ts'
import { type Load, load, type Sample } from './load.ts'
import { short, withRange } from './spread.ts'
import type { Behind } from './usage.ts'

export interface Entry {
  running: Running
  load: Omit<Load, 'extent'>
  /** The database or session store. */
  behind?: Behind
  /** MongoDB commands of a single request. */
  commands: string[]
}

export type Result = Spreads<Sample>

/** All contestants warm up, then take turns. */
export async function race<N extends string>(
  harness: Harness,
  entries: Record<N, Entry>,
): Promise<Record<N, Result>> {
  const { rounds, quick, seconds } = harness
  const extent = quick ? { amount: 128 } : { duration: seconds }
  const names = Object.keys(entries) as N[] // an object's own keys are of its type
  const run = async (name: N, note: string) => {
    harness.say(`${entries[name].running.name}, ${note}`)
    return load(entries[name].running, { ...entries[name].load, extent }, entries[name].behind)
  }
  if (!quick) for (const name of names) await run(name, 'warms up')
  return interleave(names, rounds, (name, round) => run(name, `run ${round + 1} of ${rounds}`))
}

/** Requests per second, as bars. */
export function raceChart<N extends string>(
  title: string,
  entries: Record<N, Entry>,
  results: Record<N, Result>,
): BarChart {
  const names = Object.keys(entries) as N[] // an object's own keys are of its type
  return {
    kind: 'bars',
    title,
    names: names.map((name) => entries[name].running.name),
    series: [{ name: 'requests per second', values: names.map((name) => results[name].perSecond) }],
  }
}

/** @param title above the names */
export function raceTable<N extends string>(
  entries: Record<N, Entry>,
  results: Record<N, Result>,
  title = '',
): Table {
  const names = Object.keys(entries) as N[]
  return { columns: [title, ...columns], rows: names.map((name) => row(entries[name], results[name])) }
}

/** The ratio of the two medians. */
export function ratio(first: Spread, second: Spread): number {
  return first.median / second.median
}

const columns = [
  'requests per second',
  'p50 ms',
  'p99 ms',
  'µs of CPU: app',
  'database',
  'commands: alone',
  'under load',
]

function row({ running, commands }: Entry, result: Result): (string | number)[] {
  return [
    running.name,
    withRange(result.perSecond),
    short(result.p50Ms.median),
    short(result.p99Ms.median),
    short(result.appMicroseconds.median),
    commands.length > 0 ? short(result.databaseMicroseconds.median) : 0,
    commands.length,
    commands.length > 0 ? short(result.commands.median) : 0,
  ]
}
