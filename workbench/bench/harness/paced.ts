import { setTimeout as sleep } from 'node:timers/promises'
import { type Call, send } from './send.ts'

/**
 * Sends requests at a fixed rate, like real visitors, without waiting for earlier responses. Returns how long each took, in
 * milliseconds.
 */
export async function paced(
  url: string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
  call: () => Call,
): Promise<number[]> {
  const answers: Promise<number>[] = []
  const start = performance.now()
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    await sleep(Math.max(0, start + (sent * 1000) / perSecond - performance.now()))
    answers.push(timed(url, call()))
  }
  return Promise.all(answers)
}

async function timed(url: string, call: Call): Promise<number> {
  const start = performance.now()
  await send(url, call)
  return performance.now() - start
}
