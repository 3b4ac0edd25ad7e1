import { Agent, type IncomingMessage, request } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'

export const visitors = [
  'guest',
  /** Signed in. */
  'member',
  /** Has opened an emailed link. */
  'reader',
] as const

/** A request before its ~words~ are filled in; see properties.ts. Strings are latin1: one byte per character. */
export interface Case {
  readonly who: (typeof visitors)[number]
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: readonly (readonly [string, string])[]
  readonly cookies: readonly string[]
  readonly type: string | undefined
  readonly body: string
  readonly chunked: boolean
  /** Whether it shares one IP address's attempts with others. */
  readonly sharedAddress: boolean
}

/** As sent. */
export interface Ready {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Milliseconds, far above the two seconds allowed for a response, so that a busy machine doesn't count as a hang. */
const patienceMs = 20_000

export function ready(one: Case, words: ReadonlyMap<string, string>, address: string): Ready {
  const fill = (value: string) => value.replace(/~(\w+)~/g, (all, word) => words.get(word) ?? all)
  const cookie = [words.get(`cookie of ${one.who}`) ?? '', ...one.cookies].filter(Boolean).join('; ')
  const body = ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(one.method) ? '' : fill(one.body)
  return {
    method: one.method,
    path: fill(one.path) + (one.query && `?${fill(one.query)}`),
    headers: {
      ...Object.fromEntries(one.headers),
      'X-Forwarded-For': address,
      ...(cookie && { Cookie: cookie }),
      ...(one.type !== undefined && body && { 'Content-Type': one.type }),
      ...(one.chunked && body
        ? { 'Transfer-Encoding': 'chunked' }
        : { 'Content-Length': String(body.length) }),
    },
    body,
  }
}

/** Sends requests in sequence, on one connection while the server keeps it open. */
export function client(server: Server): (one: Ready) => Promise<Answer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  // A TCP server's address is an object, not a path.
  const { port } = server.address() as AddressInfo
  return (one) => send(one, 2)

  async function send({ method, path, headers, body }: Ready, tries: number): Promise<Answer> {
    const { promise, resolve, reject } = withResolvers<IncomingMessage>()
    const signal = AbortSignal.timeout(patienceMs)
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers, signal }, resolve)
    sent.on('error', reject).end(Buffer.from(body, 'latin1'))
    try {
      const answer = await promise
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
    } catch (error) {
      if (signal.aborted) throw new Error(`No response within ${patienceMs} ms`)
      // The server closed the connection while the request was in flight (RFC 9112, section 9.3.1).
      if (sent.reusedSocket && tries > 1) return await send({ method, path, headers, body }, tries - 1)
      throw error
    }
  }
}

/** The request as a command for a terminal. */
export function asCurl({ method, path, headers, body }: Ready): string {
  const all = Object.entries(headers)
    .filter(([name]) => name !== 'Content-Length')
    .map(([name, value]) => ` -H ${quoted(`${name}: ${value}`)}`)
  const data = body ? ` --data-binary ${quoted(body)}` : ''
  return `curl -i -X ${method} --path-as-is${all.join('')}${data} ${quoted(`localhost:3000${path}`)}`
}

/** Quoted for bash, with unprintable bytes escaped. */
function quoted(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll("'", "\\'").replaceAll('\\"', '"')
  const bytes = escaped.replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)
  return /[\\]/.test(bytes) ? `$'${bytes}'` : `'${bytes}'`
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
