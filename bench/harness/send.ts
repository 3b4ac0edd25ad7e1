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
export function send(url: string, { path, body = '', ...options }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url + path, { agent, ...options }, (answer) => {
      if ((answer.statusCode ?? 500) >= 400) reject(new Error(`${path} answered ${answer.statusCode}`))
      answer.resume().on('end', () => resolve(answer))
    })
      .on('error', reject)
      .end(body)
  })
}
