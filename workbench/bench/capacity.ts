/**
 * npm run capacity: what the measured inputs mean for 10 thousand, 1 million and 100 million people.
 * scaling.md contains its output; npm run capacity -- --measure measures the inputs again.
 */
import { pathToFileURL } from 'node:url'

/** For one session and one page, the dashboard of a signed-in user. */
export interface CapacityInputs {
  /** The document, uncompressed, as in memory. */
  dataBytes: number
  /** Its entries in all indexes. */
  indexBytes: number
  appMicroseconds: number
  databaseMicroseconds: number
  /** CPU time to check a password. */
  signInMicroseconds: number
}

/** Medians of three runs on two shared cores: Node 20, 200,000 sessions, ten seconds of pages over 4 connections. */
export const measured: CapacityInputs = {
  dataBytes: 467,
  indexBytes: 167,
  appMicroseconds: 891,
  databaseMicroseconds: 580,
  signInMicroseconds: 13_000,
}

/** How people behave. Replace with your own numbers. */
const assumed = {
  sessionsPerUser: 1.5, // a phone, and every other user also a computer
  activePerDay: 0.3,
  pagesPerDay: 20, // per active user
  busiestHour: 0.12, // share of a day's requests
  signInEveryDays: 14,
  load: 0.5, // of a core, at most: the rest covers a lost machine and avoids queues
  coresPerShard: 16,
  memoryPerShard: 64e9, // for all indexes and the sessions of active users
} as const

const commandsPerPage = 1 // docs/sessions.md
const users = [10_000, 1_000_000, 100_000_000]

export function report(inputs: CapacityInputs): string {
  const { dataBytes, indexBytes, appMicroseconds, databaseMicroseconds } = inputs
  const pages = (1e6 / appMicroseconds) * assumed.load
  const rows: [string, ...string[]][] = [
    ['signed-in people', ...users.map(short)],
    ...Object.entries(need(inputs, 1)).map(([name]): [string, ...string[]] => [
      name,
      ...users.map((count) => short(need(inputs, count)[name] ?? 0)),
    ]),
  ]
  return [
    '| one session, one page | |',
    '|---|---|',
    `| bytes per session: document + index entries | ${dataBytes} + ${indexBytes} |`,
    `| sessions per GB | ${short(1e9 / (dataBytes + indexBytes))} |`,
    `| µs of CPU per page: app + MongoDB | ${appMicroseconds} + ${databaseMicroseconds} |`,
    `| pages per second per app core, half loaded | ${short(pages)} |`,
    `| pages per second per MongoDB core, half loaded | ${short((1e6 * assumed.load) / databaseMicroseconds)} |`,
    `| ms of CPU per sign-in | ${(inputs.signInMicroseconds / 1000).toFixed(0)} |`,
    `| signed-in people per app core | ${short(1 / (need(inputs, 1)['app cores'] ?? 1))} |`,
    '',
    ...rows.map(
      (row, index) => `| ${row.join(' | ')} |${index === 0 ? `\n|${'---|'.repeat(row.length)}` : ''}`,
    ),
  ].join('\n')
}

/** What this many people need in the busiest hour. */
function need(inputs: CapacityInputs, people: number): Record<string, number> {
  const sessions = people * assumed.sessionsPerUser
  const perSecond = assumed.busiestHour / 3_600
  const pages = people * assumed.activePerDay * assumed.pagesPerDay * perSecond
  const signIns = (people / assumed.signInEveryDays) * perSecond
  const appCores = (pages * inputs.appMicroseconds + signIns * inputs.signInMicroseconds) / 1e6 / assumed.load
  const databaseCores = (pages * inputs.databaseMicroseconds) / 1e6 / assumed.load
  const inUse = sessions * (inputs.indexBytes + inputs.dataBytes * assumed.activePerDay)
  const shards = Math.max(databaseCores / assumed.coresPerShard, inUse / assumed.memoryPerShard)
  return {
    sessions: sessions,
    'GB of sessions and indexes': (sessions * (inputs.dataBytes + inputs.indexBytes)) / 1e9,
    'GB of those in memory': inUse / 1e9,
    'pages per second': pages,
    'sign-ins per second': signIns,
    'commands per second': pages * commandsPerPage,
    'app cores': appCores,
    'MongoDB cores': databaseCores,
    shards: Math.ceil(shards),
  }
}

/** 1,234,567 is 1.2 million, because a model justifies only two digits. */
function short(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} million`
  if (value >= 1e4) return `${digits(value / 1e3)} thousand`
  return digits(value)
}

function digits(value: number): string {
  if (value > 0 && value < 0.01) return 'under 0.01'
  return String(Number(value.toPrecision(2)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const anew = process.argv.includes('--measure')
  const inputs = anew ? await (await import('./measure-capacity.ts')).measureCapacity() : measured
  if (anew) console.log(inputs)
  console.log(report(inputs))
}
