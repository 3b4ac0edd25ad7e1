import { Agent, type IncomingMessage, request } from 'node:http'

export interface Call {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

// Idle connections keep no process alive. Not fetch, which takes 2 ms of processor time for each sign-in, of the cores that
// the app and the database share.
const agent = new Agent({ keepAlive: true })

/** Sends a request, over a connection that is kept, and waits for all of the answer. @throws for a status of 400 or more */
export async function send(url: string, call: Call): Promise<IncomingMessage> {
  const answer = await exchange(url, call)
  if ((answer.statusCode ?? 500) >= 400) throw new Error(`${call.path} answered ${answer.statusCode}`)
  return answer
}

/** The same, whatever the answer is. */
export function exchange(url: string, call: Call): Promise<IncomingMessage> {
  const { path, body = '', ...options } = call
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent, ...options }, (answer) => {
      answer.resume().on('end', () => resolve(answer))
    })
      .on('error', (error: NodeJS.ErrnoException) => {
        // Node.js closes a connection that was idle for 5 s, just when this request was on its way: it was not read.
        // https://nodejs.org/api/http.html#requestreusedsocket
        const closedBefore = sent.reusedSocket && error.code === 'ECONNRESET'
        if (closedBefore) resolve(exchange(url, call))
        else reject(error)
      })
      .end(body)
  })
}
