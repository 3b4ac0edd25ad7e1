import { accounts } from '../harness/accounts.ts'
import type { Question } from '../harness/answer.ts'
import { form, ourApp } from '../harness/app.ts'
import { paced } from '../harness/paced.ts'
import { exchange } from '../harness/send.ts'
import { percentile, short } from '../harness/spread.ts'

const perSecond = 50

export const signInCrowd: Question = {
  name: 'sign-in-crowd',
  question: 'Do others still get their pages while a crowd signs in simultaneously?',
  async run(harness) {
    const url = harness.database.url('crowd')
    const app = await harness.start(ourApp(url))
    const users = harness.database.collection<{ passwordHash: string; email: string }>(url, 'users')
    const crowd = harness.scale(200, 20)
    const crowds = harness.scale(10, 1)
    const people = await accounts(app, users, 2 * crowd * crowds)

    const health = async (seconds: number) =>
      (await paced(app.url, { perSecond, seconds }, () => ({ path: '/healthz' }))).sort((a, b) => a - b)
    const signIn = async (number: number) => {
      const person = people.next()
      const password = number % 2 ? person.password : 'no such password'
      const start = performance.now()
      const call = { method: 'POST', path: '/login', ...form({ ...person, password }) } as const
      const { statusCode, headers } = await exchange(app.url, call)
      const later = headers['retry-after'] ? ' with Retry-After' : ''
      return { status: `${statusCode}${later}`, ms: performance.now() - start }
    }

    harness.say('/healthz when idle')
    const atRest = await health(harness.scale(3, 1))
    const signIns: Awaited<ReturnType<typeof signIn>>[] = []
    const meanwhile: number[] = []
    for (let round = 0; round < crowds; round += 1) {
      harness.say(`crowd ${round + 1} of ${crowds}`)
      const asking = health(2)
      signIns.push(...(await Promise.all(Array.from({ length: crowd }, (_, number) => signIn(number)))))
      meanwhile.push(...(await asking))
    }
    meanwhile.sort((a, b) => a - b)

    const statuses = [...new Set(signIns.map(({ status }) => status))].sort()
    const slowest = Math.max(...signIns.map(({ ms }) => ms))
    const [restP99, crowdP99] = [percentile(atRest, 0.99), percentile(meanwhile, 0.99)]
    return {
      sentences:
        `While ${crowd} people sign in simultaneously, half with a wrong password, the p99 of /healthz goes from ${short(restP99)} to ` +
        `${short(crowdP99)} ms. The slowest sign-in takes ${short(slowest)} ms. When the queue is full, the response says when to ` +
        'try again.',
      tables: [
        {
          columns: [`/healthz, ${perSecond} per second`, 'p50 ms', 'p99 ms'],
          rows: [
            ['idle', short(percentile(atRest, 0.5)), short(restP99)],
            [
              `${crowds} times ${crowd} concurrent sign-ins`,
              short(percentile(meanwhile, 0.5)),
              short(crowdP99),
            ],
          ],
        },
        {
          columns: ['response to sign-in', 'share'],
          rows: statuses.map((one) => [one, signIns.filter(({ status }) => status === one).length]),
        },
      ],
      charts: [],
      measured: { atRest, meanwhile, signIns },
    }
  },
}
