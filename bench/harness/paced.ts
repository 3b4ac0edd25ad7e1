import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Call {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

/**
 * So many requests a second, whether or not the ones before were answered, as visitors do; returns how long each took, in
 * milliseconds.
 */
export async function paced(
  url: string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
  call: () => Call,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const answers: Promise<number>[] = []
  const start = performance.now()
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    await sleep(Math.max(0, start + (sent * 1000) / perSecond - performance.now()))
    answers.push(timed(url, agent, call()))
  }
  const times = await Promise.all(answers)
  agent.destroy()
  return times
}

function timed(url: string, agent: Agent, { path, body = '', ...options }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    request(url + path, { agent, ...options }, (answer) => {
      if ((answer.statusCode ?? 500) >= 400) reject(new Error(`${path} answered ${answer.statusCode}`))
      answer.resume().on('end', () => resolve(performance.now() - start))
    })
      .on('error', reject)
      .end(body)
  })
}
