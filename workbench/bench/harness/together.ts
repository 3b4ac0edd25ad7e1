import type { IncomingMessage } from 'node:http'
import { form } from './app.ts'
import type { Running } from './contestant.ts'
import { send } from './send.ts'

/** Makes `count` calls, `atOnce` at a time. @returns calls per second */
export async function together(
  atOnce: number,
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const start = performance.now()
  const worker = async () => {
    while (next < count) await call(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (count * 1000) / (performance.now() - start)
}

/** Submits one of our app's forms. @returns the response, with its body read @throws unless it was accepted */
export async function post(
  { url }: Running,
  path: string,
  fields: Record<string, string>,
  cookie = '',
): Promise<IncomingMessage> {
  const { body, headers } = form(fields)
  const answer = await send(url, { method: 'POST', path, body, headers: { ...headers, cookie } })
  if (answer.statusCode !== 303) throw new Error(`${path} answered ${answer.statusCode}`)
  return answer
}
