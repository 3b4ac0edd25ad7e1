import { execFileSync } from 'node:child_process'
import { project } from '../../support/project.ts'
import type { Answer, Question } from './answer.ts'
import { openHarness } from './harness.ts'
import { begin, clear } from './progress.ts'

export interface Servers {
  database: string
  redis: string
}

/** Builds the app and answers the questions in turn, passing on each answer when it's ready. */
export async function ask(
  questions: readonly Question[],
  { quick, options }: { quick: boolean; options: Record<string, string | undefined> },
  answered: (question: Question, answer: Answer, servers: Servers) => Promise<void>,
): Promise<void> {
  build()
  const harness = await openHarness(quick, options)
  const servers = {
    database: harness.database.description,
    redis: harness.redis?.description ?? 'not measured: no REDIS_URL, and no redis-server on the PATH',
  }
  const interrupted = () => void harness.close().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  console.error(`Database: ${servers.database}\nRedis: ${servers.redis}`)
  try {
    for (const [index, question] of questions.entries()) {
      begin(`${index + 1}/${questions.length} ${question.name}`)
      const answer = await question.run(harness)
      clear()
      await answered(question, answer, servers)
      await harness.endContestants()
    }
  } finally {
    clear()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await harness.close()
  }
}

export function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', cwd: project })
}
