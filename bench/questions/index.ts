import type { Question } from '../harness/answer.ts'
import { dashboard } from './dashboard.ts'
import { ladder } from './ladder.ts'
import { loginPage } from './login-page.ts'

/** In the order of docs/benchmarks.md. */
export const questions: readonly Question[] = [ladder, dashboard, loginPage]
