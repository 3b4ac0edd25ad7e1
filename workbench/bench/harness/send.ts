import { Agent, type IncomingMessage, request } from 'node:http'

export interface Call {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

// Idle connections don't keep the process alive. Not fetch, which takes 2 ms of CPU time per sign-in from the cores that the
// app and the database share.
const agent = new Agent({ keepAlive: true })

/** Sends a request over a keep-alive connection and waits for the whole response. @throws for a status of 400 or more */
export async function send(url: string, call: Call): Promise<IncomingMessage> {
  const answer = await exchange(url, call)
  if ((answer.statusCode ?? 500) >= 400) throw new Error(`${call.path} answered ${answer.statusCode}`)
  return answer
}

/** The same, for any status. */
export function exchange(url: string, call: Call): Promise<IncomingMessage> {
  const { path, body = '', ...options } = call
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent, ...options }, (answer) => {
      answer.resume().on('end', () => resolve(answer))
    })
      .on('error', (error: NodeJS.ErrnoException) => {
        // Node.js closed a connection that was idle for 5 s before it read this request.
        // https://nodejs.org/api/http.html#requestreusedsocket
        const closedBefore = sent.reusedSocket && error.code === 'ECONNRESET'
        if (closedBefore) resolve(exchange(url, call))
        else reject(error)
      })
      .end(body)
  })
}
