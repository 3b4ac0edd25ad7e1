import { request as requestHttp } from 'node:http'
import { Agent, type RequestOptions, request as requestHttps } from 'node:https'
import { connect } from 'node:tls'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

interface Question {
  headers?: Record<string, string>
  /** Makes it a POST, as a browser sends it from the same origin. */
  form?: Record<string, string>
}

// Certificates are self-signed, and localhost may be two addresses, of which the proxies use one.
const toHere = { rejectUnauthorized: false, family: 4 } as const
// A connection per request, so that no retry hides a failure.
const agent = new Agent({ ...toHere, keepAlive: false, maxSockets: 64 })

/** One request over https or http, without following redirects. */
export function ask(url: string, { headers = {}, form }: Question = {}): Promise<Answer> {
  const body = form ? new URLSearchParams(form).toString() : ''
  const options: RequestOptions = {
    ...toHere,
    method: form ? 'POST' : 'GET',
    headers: form
      ? {
          'Sec-Fetch-Site': 'same-origin',
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': String(Buffer.byteLength(body)),
          ...headers,
        }
      : headers,
  }
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:')
      ? requestHttps(url, { ...options, agent })
      : requestHttp(url, options)
    request.on('error', reject)
    request.on('upgrade', (response) => resolve({ status: response.statusCode ?? 0, headers: {}, text: '' }))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode = 0, headers } = response
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() })
      })
    })
    request.end(body)
  })
}

/** The protocol negotiated with a browser that supports HTTP/2 and HTTP/1.1: h2 or http/1.1. */
export function protocolOf(origin: string): Promise<string | false | null> {
  const { hostname, port } = new URL(origin)
  const offer = { ...toHere, host: hostname, servername: hostname, ALPNProtocols: ['h2', 'http/1.1'] }
  return new Promise((resolve, reject) => {
    const socket = connect({ ...offer, port: Number(port) }, () => {
      resolve(socket.alpnProtocol)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

/** A response's cookies, as a browser sends them back; empty if there are none. */
export function cookiesOf({ headers }: Answer): string {
  const set = [headers['set-cookie'] ?? []].flat()
  return set.map((cookie) => cookie.split(';', 1)[0]).join('; ')
}
