/**
 * npm run capacity: what the measured inputs mean for 10 thousand, 1 million and 100 million people.
 * scaling.md has its output as it stands; npm run capacity -- --measure measures the inputs anew.
 */
import { pathToFileURL } from 'node:url'

/** Of one session and one page, the dashboard of somebody who is signed in. */
export interface CapacityInputs {
  /** Of the document, uncompressed: as it lies in memory. */
  dataBytes: number
  /** Of its entries in all indexes. */
  indexBytes: number
  appMicroseconds: number
  databaseMicroseconds: number
  /** Processor time of checking a password. */
  signInMicroseconds: number
}

/** The medians of three runs on two shared cores, Node 20, 200,000 sessions, ten seconds of pages over 4 connections. */
export const measured: CapacityInputs = {
  dataBytes: 467,
  indexBytes: 167,
  appMicroseconds: 891,
  databaseMicroseconds: 580,
  signInMicroseconds: 13_000,
}

/** How people behave: put in your own. */
const assumed = {
  sessionsPerUser: 1.5, // a telephone, and for every second one a computer
  activePerDay: 0.3,
  pagesPerDay: 20, // of an active one
  busiestHour: 0.12, // of a day's requests
  signInEveryDays: 14,
  load: 0.5, // of a core, at most: the rest is for the loss of a machine, and for answers without a queue
  coresPerShard: 16,
  memoryPerShard: 64e9, // for what is in use: all indexes, and the sessions of those who are active
} as const

const commandsPerPage = 1 // docs/sessions.md
const users = [10_000, 1_000_000, 100_000_000]

export function report(inputs: CapacityInputs): string {
  const { dataBytes, indexBytes, appMicroseconds, databaseMicroseconds } = inputs
  const pages = (1e6 / appMicroseconds) * assumed.load
  const rows: [string, ...string[]][] = [
    ['people signed in', ...users.map(short)],
    ...Object.entries(need(inputs, 1)).map(([name]): [string, ...string[]] => [
      name,
      ...users.map((count) => short(need(inputs, count)[name] ?? 0)),
    ]),
  ]
  return [
    '| one session, one page | |',
    '|---|---|',
    `| bytes of a session: document + index entries | ${dataBytes} + ${indexBytes} |`,
    `| sessions a GB | ${short(1e9 / (dataBytes + indexBytes))} |`,
    `| µs of CPU a page: app + MongoDB | ${appMicroseconds} + ${databaseMicroseconds} |`,
    `| pages a second a core of the app, half loaded | ${short(pages)} |`,
    `| pages a second a core of MongoDB, half loaded | ${short((1e6 * assumed.load) / databaseMicroseconds)} |`,
    `| ms of CPU a sign-in | ${(inputs.signInMicroseconds / 1000).toFixed(0)} |`,
    `| people signed in a core of the app | ${short(1 / (need(inputs, 1)['cores of the app'] ?? 1))} |`,
    '',
    ...rows.map(
      (row, index) => `| ${row.join(' | ')} |${index === 0 ? `\n|${'---|'.repeat(row.length)}` : ''}`,
    ),
  ].join('\n')
}

/** What so many people need at the busiest hour. */
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
    'GB of them in memory': inUse / 1e9,
    'pages a second': pages,
    'sign-ins a second': signIns,
    'commands a second': pages * commandsPerPage,
    'cores of the app': appCores,
    'cores of MongoDB': databaseCores,
    shards: Math.ceil(shards),
  }
}

/** 1,234,567 is 1.2 million; two digits are what a model is worth. */
function short(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)} million`
  if (value >= 1e4) return `${digits(value / 1e3)} thousand`
  return digits(value)
}

function digits(value: number): string {
  if (value > 0 && value < 0.01) return 'below 0.01'
  return String(Number(value.toPrecision(2)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const anew = process.argv.includes('--measure')
  const inputs = anew ? await (await import('./measure-capacity.ts')).measureCapacity() : measured
  if (anew) console.log(inputs)
  console.log(report(inputs))
}
