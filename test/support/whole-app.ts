import { features } from '../../src/features.ts'
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts'

/** The app with all of its features, whichever those are. */
export function startWholeApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<TestApp> {
  return startTestApp({ MAIL: 'off', ...environment }, { ...options, features })
}
