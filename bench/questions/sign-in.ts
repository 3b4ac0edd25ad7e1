import { verify } from '@node-rs/argon2'
import { accounts } from '../harness/accounts.ts'
import type { Question } from '../harness/answer.ts'
import { form, ourApp, password } from '../harness/app.ts'
import { interleave } from '../harness/interleave.ts'
import { type Call, paced } from '../harness/paced.ts'
import { percentile, short, withRange } from '../harness/spread.ts'
import { post, together } from '../harness/together.ts'

const atOnce = 8

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
    const { next, passwordHash } = await accounts(app, users, (rounds + 1) * (count + atOnce * seconds))
    const signIn = () => post(app, '/login', next())
    const rates = await interleave(['argon2id alone', 'sign-ins'], rounds, async (name, round) => {
      harness.say(`${name}, run ${round + 1} of ${rounds}`)
      const call = name === 'sign-ins' ? signIn : () => verify(passwordHash, password)
      return { perSecond: await together(atOnce, count, call) }
    })

    const page = (): Call => ({ path: '/login' })
    const waits = await interleave(['at rest', 'meanwhile'], rounds, async (name, round) => {
      harness.say(`the sign-in page ${name}, run ${round + 1} of ${rounds}`)
      const signingIn = paced(app.url, { perSecond: name === 'at rest' ? 0 : atOnce, seconds }, () => ({
        method: 'POST',
        path: '/login',
        ...form(next()),
      }))
      const times = (await paced(app.url, { perSecond: 200, seconds }, page)).sort((a, b) => a - b)
      await signingIn
      return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
    })
    const share = rates['sign-ins'].perSecond.median / rates['argon2id alone'].perSecond.median
    const slower = waits.meanwhile.p99Ms.median / waits['at rest'].p99Ms.median
    return {
      sentences:
        `${short(rates['sign-ins'].perSecond.median)} people sign in a second, ${atOnce} at once, which is ${short(100 * share)} % of ` +
        'what hashing their passwords alone allows on this machine. While eight people sign in a second, the p99 of the ' +
        `sign-in page goes from ${short(waits['at rest'].p99Ms.median)} to ${short(waits.meanwhile.p99Ms.median)} ms.`,
      tables: [
        {
          columns: [`${atOnce} at once`, 'a second'],
          rows: Object.entries(rates).map(([name, { perSecond }]) => [name, withRange(perSecond)]),
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
          reached: `${short(100 * share)} %`,
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
