import { verify } from '@node-rs/argon2'
import { accounts } from '../harness/accounts.ts'
import type { Question } from '../harness/answer.ts'
import { form, ourApp, password } from '../harness/app.ts'
import { interleave } from '../harness/interleave.ts'
import { paced } from '../harness/paced.ts'
import { cpuMicroseconds } from '../harness/process-usage.ts'
import type { Call } from '../harness/send.ts'
import { percentile, short, withRange } from '../harness/spread.ts'
import { together } from '../harness/together.ts'

const atOnce = 8
const alone = 'argon2id alone'
const fromNew = 'sign-ins from new browsers'
const fromKnown = 'sign-ins from known browsers'

export const signInQuestion: Question = {
  name: 'sign-in',
  question: 'How many people can sign in per second, and do others notice?',
  async run(harness) {
    const { rounds } = harness
    const url = harness.database.url('sign_in')
    const app = await harness.start(ourApp(url))
    const count = harness.scale(200, 16)
    const seconds = harness.scale(5, 1)
    const users = harness.database.collection<{ passwordHash: string; email: string }>(url, 'users')
    const people = await accounts(app, users, (rounds + 1) * (count + atOnce * seconds))
    const calls: Record<string, () => Promise<unknown>> = {
      [alone]: () => verify(people.passwordHash, password),
      [fromNew]: people.signIn,
      [fromKnown]: people.signInAgain,
    }
    const rates = await interleave([alone, fromNew, fromKnown], rounds, async (name, round) => {
      harness.say(`${name}, run ${round + 1} of ${rounds}`)
      const before = usage(app.pid, harness.database.pid)
      const perSecond = await together(atOnce, count, calls[name] ?? people.signIn)
      const after = usage(app.pid, harness.database.pid)
      const each = name === alone ? [0, 0] : after.map((used, index) => (used - (before[index] ?? 0)) / count)
      return { perSecond, appMs: (each[0] ?? 0) / 1_000, databaseMs: (each[1] ?? 0) / 1_000 }
    })

    const page = (): Call => ({ path: '/login' })
    const waits = await interleave(['at rest', 'meanwhile'], rounds, async (name, round) => {
      harness.say(`the sign-in page ${name}, run ${round + 1} of ${rounds}`)
      const signingIn = paced(app.url, { perSecond: name === 'at rest' ? 0 : atOnce, seconds }, () => ({
        method: 'POST',
        path: '/login',
        ...form(people.next()),
      }))
      const times = (await paced(app.url, { perSecond: 200, seconds }, page)).sort((a, b) => a - b)
      await signingIn
      return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
    })
    const share = rates[fromNew].perSecond.median / rates[alone].perSecond.median
    const knownShare = rates[fromKnown].perSecond.median / rates[alone].perSecond.median
    const slower = waits.meanwhile.p99Ms.median / waits['at rest'].p99Ms.median
    return {
      sentences:
        `With ${atOnce} concurrent sign-ins, ${short(rates[fromNew].perSecond.median)} people per second sign in from new browsers, and ` +
        `${short(rates[fromKnown].perSecond.median)} from known ones: ${short(100 * share)}% and ` +
        `${short(100 * knownShare)}% of the rate of password hashing alone on this machine, which also runs MongoDB and the ` +
        'browsers. While eight people per second sign in, the p99 of the ' +
        `sign-in page goes from ${short(waits['at rest'].p99Ms.median)} to ${short(waits.meanwhile.p99Ms.median)} ms.`,
      tables: [
        {
          columns: [`${atOnce} concurrent`, 'per second', 'ms of CPU each: app', 'database'],
          rows: Object.entries(rates).map(([name, { perSecond, appMs, databaseMs }]) => [
            name,
            withRange(perSecond),
            ...(name === alone ? ['', ''] : [short(appMs.median), short(databaseMs.median)]),
          ]),
        },
        {
          columns: ['GET /login, 200 per second', 'p50 ms', 'p99 ms'],
          rows: [
            ['idle', withRange(waits['at rest'].p50Ms), withRange(waits['at rest'].p99Ms)],
            [
              'while 8 people per second sign in',
              withRange(waits.meanwhile.p50Ms),
              withRange(waits.meanwhile.p99Ms),
            ],
          ],
        },
      ],
      charts: [
        {
          kind: 'bars',
          title: 'Per second, 8 concurrent',
          names: Object.keys(rates),
          series: [{ name: 'per second', values: Object.values(rates).map(({ perSecond }) => perSecond) }],
        },
      ],
      goals: [
        {
          goal: 'Sign-ins reach 90% of the rate of argon2id alone',
          reached: `${short(100 * share)}% from new browsers, ${short(100 * knownShare)}% from known ones`,
          met: share >= 0.9,
        },
        {
          goal: 'While 8 people per second sign in, the p99 of GET /login stays below twice its idle value',
          reached: `${short(slower)} times`,
          met: slower < 2,
        },
      ],
      measured: { rates, waits },
    }
  },
}

function usage(...pids: (number | undefined)[]): number[] {
  return pids.map((pid) => (pid === undefined ? Number.NaN : cpuMicroseconds(pid)))
}
