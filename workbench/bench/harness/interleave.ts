import type { Spread } from './answer.ts'
import { spread } from './spread.ts'

/** A spread for each of a run's figures. */
export type Spreads<T> = { [K in keyof T]: Spread }

/**
 * Measures every contestant once per round, so that other work on the machine affects all of them. Each round starts with a
 * different one.
 */
export async function interleave<N extends string, T extends object>(
  names: readonly N[],
  rounds: number,
  measure: (name: N, round: number) => Promise<T>,
): Promise<Record<N, Spreads<T>>> {
  const samples = new Map<N, T[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      samples.get(name)?.push(await measure(name, round))
    }
  }
  const summary = names.map((name) => [name, spreads(samples.get(name) ?? [])])
  // Object.fromEntries loses the types of the names.
  return Object.fromEntries(summary) as Record<N, Spreads<T>>
}

function spreads<T extends object>(samples: T[]): Spreads<T> {
  const figures = Object.keys(samples[0] ?? {}) as (keyof T)[] // the same in all samples
  const entries = figures.map((figure) => [figure, spread(samples.map((sample) => Number(sample[figure])))])
  return Object.fromEntries(entries) as Spreads<T>
}
