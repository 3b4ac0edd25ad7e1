import type { Question } from '../harness/answer.ts'
import { dashboard } from './dashboard.ts'
import { forgotPassword } from './forgot-password.ts'
import { growth } from './growth.ts'
import { ladder } from './ladder.ts'
import { loginPage } from './login-page.ts'
import { memoryStoreLeaks } from './memory-store-leaks.ts'
import { memoryStoreSlows } from './memory-store-slows.ts'
import { oneProcess } from './one-process.ts'
import { removalByMaxAge } from './removal-by-max-age.ts'
import { signInQuestion } from './sign-in.ts'
import { signInCrowd } from './sign-in-crowd.ts'
import { startUp } from './start-up.ts'
import { storesQuestion } from './stores.ts'

/** In the order of benchmarks.md. */
export const questions: readonly Question[] = [
  memoryStoreLeaks,
  oneProcess,
  memoryStoreSlows,
  storesQuestion,
  growth,
  removalByMaxAge,
  ladder,
  dashboard,
  loginPage,
  signInQuestion,
  startUp,
  signInCrowd,
  forgotPassword,
]
