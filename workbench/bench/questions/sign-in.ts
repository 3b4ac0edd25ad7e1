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
  question: 'How many people can sign in a second, and do the others notice?',
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
        `${short(rates[fromNew].perSecond.median)} people sign in a second from new browsers, ${atOnce} at once, and ` +
        `${short(rates[fromKnown].perSecond.median)} from browsers that their accounts know: ${short(100 * share)} and ` +
        `${short(100 * knownShare)} % of what hashing their passwords alone allows on this machine, which here also runs MongoDB and the ` +
        'browsers. While eight people sign in a second, the p99 of the ' +
        `sign-in page goes from ${short(waits['at rest'].p99Ms.median)} to ${short(waits.meanwhile.p99Ms.median)} ms.`,
      tables: [
        {
          columns: [`${atOnce} at once`, 'a second', 'ms of CPU each: app', 'database'],
          rows: Object.entries(rates).map(([name, { perSecond, appMs, databaseMs }]) => [
            name,
            withRange(perSecond),
            ...(name === alone ? ['', ''] : [short(appMs.median), short(databaseMs.median)]),
          ]),
        },
        {
          columns: ['GET /login, 200 a second', 'p50 ms', 'p99 ms'],
          rows: [
            ['at rest', withRange(waits['at rest'].p50Ms), withRange(waits['at rest'].p99Ms)],
            [
              'while 8 people sign in a second',
              withRange(waits.meanwhile.p50Ms),
              withRange(waits.meanwhile.p99Ms),
            ],
          ],
        },
      ],
      charts: [
        {
          kind: 'bars',
          title: 'A second, 8 at once',
          names: Object.keys(rates),
          series: [{ name: 'a second', values: Object.values(rates).map(({ perSecond }) => perSecond) }],
        },
      ],
      goals: [
        {
          goal: 'Sign-ins reach 90 % of the rate of argon2id alone',
          reached: `${short(100 * share)} % from new browsers, ${short(100 * knownShare)} % from known ones`,
          met: share >= 0.9,
        },
        {
          goal: 'The p99 of GET /login stays below twice its own at rest while 8 people sign in a second',
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
