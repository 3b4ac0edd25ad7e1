import type { Feature } from '../../src/feature.ts'
import { features } from '../../src/features.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'
import { addressOf, routesOf } from './registered-routes.ts'
import { until } from './server-process.ts'
import type { Visitor } from './visitor.ts'

export interface WholeApp extends TestApp {
  /** Waits for what goes on after the responses so far. */
  settled(): Promise<void>
}

/** The app with all of its features, whichever those are. Emails go nowhere. */
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

/** Every HTML page that this visitor gets, also those that say why there is nothing to see. */
export async function pagesFor({ server }: WholeApp, visitor: Visitor) {
  const gets = routesOf(server).filter(({ method }) => method === 'GET')
  const answers = []
  for (const path of [...gets.map(addressOf), '/nowhere']) {
    const { status, headers, text } = await visitor.get(path)
    if (/html/.test(String(headers['content-type'])) && status !== 303) answers.push({ path, headers, text })
  }
  return answers
}
