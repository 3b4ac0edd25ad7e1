import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanUp } from '../../support/testing.ts'

/**
 * A load balancer without sticky sessions: each request goes to the next port. 502 if that one fails or is down.
 * Stopped after the file's tests.
 * @returns its URL
 */
export async function startRoundRobin(ports: readonly number[]): Promise<string> {
  let turn = 0
  const server = createServer((req, res) => {
    turn += 1
    forward(req, res, ports[turn % ports.length] ?? 0)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => {
    server.closeAllConnections()
    server.close()
  })
  // A TCP server's address is an object, not a path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function forward(req: IncomingMessage, res: ServerResponse, port: number): void {
  const { method, url, headers } = req
  const upstream = request(
    { host: '127.0.0.1', port, method, path: url, headers, agent: false },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
      answer.on('error', () => res.destroy())
    },
  )
  upstream.on('error', () => (res.headersSent ? res.destroy() : res.writeHead(502).end()))
  req.pipe(upstream)
}
