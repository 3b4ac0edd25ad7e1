import type { Answer, Goal, Table } from '../harness/answer.ts'

/** Sentences, tables, and which goals are met. */
export function asMarkdown({ sentences, tables, goals = [] }: Answer): string {
  return [sentences, ...tables.map(table), ...(goals.length > 0 ? [goalTable(goals)] : [])].join('\n\n')
}

export function goalTable(goals: Goal[]): string {
  return table({
    columns: ['goal', 'reached', ''],
    rows: goals.map(({ goal, reached, met }) => [goal, reached, met ? 'met' : 'not met']),
  })
}

function table({ columns, rows }: Table): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n')
}
