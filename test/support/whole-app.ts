import { AccountMails } from '../../src/mail/account-mails.ts'
import { Outbox } from '../../src/mail/outbox.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'

/** The app with all of its features. Mails go nowhere. */
export function startWholeApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<TestApp> {
  return startTestApp(environment, {
    ...options,
    mailsFor: (config, log) => new AccountMails(new Outbox(async () => {}, log), config),
  })
}
