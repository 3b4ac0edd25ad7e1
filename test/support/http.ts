import { type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { cleanUp } from './clean-up.ts'

export interface Answer {
  status: number
  /** By lowercase name. Only set-cookie is a list: see cookiesOf. */
  headers: Record<string, string>
  text: string
  request: { method: string; url: string }
}

type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options'

/** Sends a request to a server or URL, without cookies and without following redirects. */
export function ask(server: Server | string, jar?: Jar): Record<Method, (path: string) => Call> {
  const call = (method: Method) => (path: string) => new Call(server, method.toUpperCase(), path, jar)
  return {
    get: call('get'),
    head: call('head'),
    post: call('post'),
    put: call('put'),
    patch: call('patch'),
    delete: call('delete'),
    options: call('options'),
  }
}

/** A browser's cookies. Over http it ignores Secure ones. */
export class Jar {
  readonly #cookies = new Map<string, { value: string; path: string }>()

  take(setCookies: readonly string[]): void {
    for (const one of setCookies) {
      const [pair = '', ...attributes] = one.split(/; */)
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      const named = (key: string) => attributes.find((text) => text.toLowerCase().startsWith(key))
      const age = Number(named('max-age=')?.slice(8) ?? Number.NaN)
      const isOver = age <= 0 || Date.parse(named('expires=')?.slice(8) ?? '') <= Date.now()
      if (isOver) this.#cookies.delete(name)
      else if (!named('secure')) this.#cookies.set(name, { value, path: named('path=')?.slice(5) ?? '/' })
    }
  }

  cookiesFor(path: string): string {
    const sent = [...this.#cookies].filter(([, cookie]) => path.startsWith(cookie.path))
    return sent.map(([name, { value }]) => `${name}=${value}`).join('; ')
  }
}

/** A request that is sent when it is awaited, so that headers and a body can be added first. */
export class Call implements PromiseLike<Answer> {
  readonly #to: Server | string
  readonly #method: string
  readonly #path: string
  readonly #jar: Jar | undefined
  readonly #headers: Record<string, string> = {}
  #body: string | FormData = ''
  #answer: Promise<Answer> | undefined

  constructor(to: Server | string, method: string, path: string, jar?: Jar) {
    this.#to = to
    this.#method = method
    // Normalizes only as a browser would, because some tests send odd paths.
    this.#path = path.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
    this.#jar = jar
  }

  set(header: string | Readonly<Record<string, string>>, value = ''): this {
    for (const [name, text] of typeof header === 'string'
      ? [[header, value] as const]
      : Object.entries(header))
      this.#headers[name.toLowerCase()] = text
    return this
  }

  type(type: 'form' | 'json'): this {
    return this.set(
      'Content-Type',
      type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    )
  }

  send(body: string | Readonly<Record<string, string>> | FormData): this {
    const isSentAsItIs = typeof body === 'string' || body instanceof FormData
    this.#body = isSentAsItIs ? body : new URLSearchParams(body).toString()
    return this
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is what sends it
  then<A = Answer, B = never>(
    done?: ((answer: Answer) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#answer ??= this.#sent()
    return this.#answer.then(done, failed)
  }

  async #sent(): Promise<Answer> {
    const { hostname, port } = new URL(typeof this.#to === 'string' ? this.#to : await addressOf(this.#to))
    const cookie = this.#jar?.cookiesFor(this.#path.split('?', 1)[0] ?? '')
    // Of a form with files it encodes the parts, and names what is between them.
    const encoded = new Response(this.#body)
    const body = Buffer.from(await encoded.arrayBuffer())
    const type =
      this.#body instanceof FormData ? { 'content-type': encoded.headers.get('content-type') ?? '' } : {}
    const length =
      this.#method === 'GET' || this.#method === 'HEAD' ? {} : { 'content-length': String(body.length) }
    const headers = { ...(cookie && { cookie }), ...length, ...type, ...this.#headers }
    const read = async (response: IncomingMessage): Promise<Answer> => {
      const text = (await buffer(response)).toString()
      this.#jar?.take(response.headers['set-cookie'] ?? [])
      return {
        status: response.statusCode ?? 0,
        // A missing header is undefined, which the test's assertion finds.
        headers: response.headers as Answer['headers'],
        text,
        request: { method: this.#method, url: `http://${hostname}:${port}${this.#path}` },
      }
    }
    return await new Promise((resolve, reject) => {
      const options = { method: this.#method, path: this.#path, hostname, port, headers, agent: false }
      // A server that dies in the middle of a body also fails the request.
      const sending = request(options, (response) => void read(response).then(resolve, reject))
      sending.on('error', reject)
      sending.end(body)
    })
  }
}

/** If the server doesn't listen yet, starts it until the end of the file's tests. */
async function addressOf(server: Server): Promise<string> {
  if (!server.address()) {
    await new Promise<void>((resolve) => {
      server.once('listening', resolve)
      if (!starting.has(server)) server.listen(0, '127.0.0.1')
      starting.add(server)
    })
    cleanUp(() => {
      server.closeAllConnections()
      server.close()
    })
  }
  // A TCP server's address is an object, not a path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const starting = new WeakSet<Server>()
