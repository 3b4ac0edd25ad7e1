import type { Feature } from '../../src/feature.ts'
import { features } from '../../src/features.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'
import type { Answer } from './http.ts'
import { type Member, newMember } from './member.ts'
import { addressOf, type Route, routesOf } from './registered-routes.ts'
import { until } from './server-process.ts'
import type { Person, Visitor } from './visitor.ts'

export interface WholeApp extends TestApp {
  /** Waits for work after the responses so far. */
  settled(): Promise<void>
}

/** The app with all its features. Emails are discarded. */
export async function startWholeApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<WholeApp> {
  let underWay = 0
  const counting: Feature = {
    name: 'counting',
    install({ later }) {
      const { add, handle } = later
      later.add = (name, data) => {
        underWay += 1
        add(name, data)
      }
      later.handle = (name, work) =>
        handle(name, async (data: Parameters<typeof work>[0]) => {
          await work(data).finally(() => {
            underWay -= 1
          })
        })
    },
  }
  const nowhere = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'app@example.com' }
  const app = await startTestApp(
    { ...nowhere, ...environment },
    { later: { maxDelayMs: 0, pausesMs: [] }, ...options, features: [counting, ...features] },
  )
  return { ...app, settled: () => until('nothing is under way', () => underWay === 0) }
}

/** A new, signed-in user with everything that features add to the demo user, such as a role. */
export async function newInsider(app: WholeApp): Promise<Member> {
  const member = await newMember(app)
  await seedFor(app, member.person)
  return member
}

export async function seedFor(app: WholeApp, { email }: Pick<Person, 'email'>): Promise<void> {
  const user = await app.users.findOne({ email })
  for (const feature of features) await feature.seed?.(String(user?._id))
}

/**
 * Every HTML page that this visitor gets, including errors. For a route with parameters, also the last page that another page
 * links to.
 */
export async function pagesFor({ server }: WholeApp, visitor: Visitor) {
  const gets = routesOf(server).filter(({ method }) => method === 'GET')
  const answers: { path: string; status: number; headers: Answer['headers']; text: string }[] = []
  const look = async (path: string) => {
    const { status, headers, text } = await visitor.get(path)
    if (/html/.test(String(headers['content-type'])) && status !== 303)
      answers.push({ path, status, headers, text })
  }
  for (const path of [...gets.map(addressOf), '/nowhere']) await look(path)
  const links = answers.flatMap(({ text }) =>
    [...text.matchAll(/ href="(\/[^"?#]*)"/g)].map(([, to = '']) => to),
  )
  for (const route of gets.filter(({ path }) => path.includes(':'))) {
    const linked = links.findLast((to) => leadsTo(route, to))
    if (linked) await look(linked)
  }
  return answers
}

/** Whether this is an address of the route. */
export function leadsTo({ path }: Route, address: string): boolean {
  return new RegExp(`^${path.replace(/[:*]\w+/g, '[^/]+')}$`).test(address)
}
