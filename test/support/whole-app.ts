import type { ServerResponse } from 'node:http'
import { AccountMails } from '../../src/mail/account-mails.ts'
import type { Write } from '../../src/mail/mail.ts'
import { Outbox } from '../../src/mail/outbox.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'
import { until } from './server-process.ts'

export interface WholeApp extends TestApp {
  /** Waits for what goes on after the answers so far. */
  settled(): Promise<void>
}

/** The app with all of its features. Mails go nowhere. */
export async function startWholeApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<WholeApp> {
  let underWay = 0
  class CountedOutbox extends Outbox {
    override afterAnswer(res: ServerResponse, write: Write): void {
      underWay += 1
      super.afterAnswer(res, () =>
        write().finally(() => {
          underWay -= 1
        }),
      )
    }
  }
  const app = await startTestApp(environment, {
    ...options,
    mailsFor: (config, log) =>
      new AccountMails(new CountedOutbox(async () => {}, log, { longestStartMs: 0 }), config),
  })
  return { ...app, settled: () => until('nothing is under way', () => underWay === 0) }
}
