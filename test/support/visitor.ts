import type { Server } from 'node:http'
import { fillIn, formsOn } from './forms.ts'
import { privatePage } from './home.ts'
import { type Answer, ask, type Call, Jar } from './http.ts'

type Response = Answer
type Fields = Readonly<Record<string, string>>

/** Options of a request. Forms and JSON come from a page of the app unless headers say otherwise. */
export interface Sent {
  /** Fields, or the body as it goes over the line. */
  form?: Fields | string | FormData
  json?: unknown
  headers?: Fields
}

/**
 * Keeps cookies and sends forms like a browser. Each visitor has its own IP address, as reported by a trusted proxy, so that
 * the visitors of a file don't share the attempts of one IP address.
 */
export class Visitor {
  readonly #ask: ReturnType<typeof ask>
  readonly #address: string

  /** @param server or the address of one */
  constructor(server: Server | string, address = nextAddress()) {
    this.#ask = ask(server, new Jar())
    this.#address = address
  }

  request(method: string, path: string, { form, json, headers = {} }: Sent = {}): Call {
    const [name, ...others] = httpMethods.filter((one) => one === method.toLowerCase())
    if (!name || others.length > 0) throw new Error(`Visitors do not speak ${method}`)
    const request = this.#ask[name](path).set('X-Forwarded-For', this.#address)
    if (name !== 'get' && name !== 'head') request.set('Sec-Fetch-Site', 'same-origin')
    if (form !== undefined && !(form instanceof FormData)) request.type('form')
    if (json !== undefined) request.type('json')
    // Last, so that a test may send a body as something else.
    request.set(headers)
    if (form !== undefined) return request.send(form)
    return json === undefined ? request : request.send(JSON.stringify(json))
  }

  get(path: string): Call {
    return this.request('GET', path)
  }

  /** @param fields of the form, or its raw body */
  submit(path: string, fields: Fields | string | FormData = {}): Call {
    return this.request('POST', path, { form: fields })
  }

  /** Opens the page, fills in the form with the page's own path as its action, and sends it. */
  async fillInAndSubmit(path: string, fields: Fields = {}): Promise<Response> {
    return await this.submit(path, await this.filledIn(path, fields))
  }

  /** The filled-in form on this page, including the fields that are not given. */
  async filledIn(path: string, fields: Fields = {}): Promise<Record<string, string>> {
    const { status, text } = await this.get(path)
    const form = formsOn(text, path).find(({ method, action }) => method === 'POST' && action === path)
    if (!form) throw new Error(`${path} answered ${status}, without a form of its own: ${text}`)
    return fillIn(form, fields)
  }

  async register(registered: Person = newPerson()): Promise<Person> {
    const response = await this.fillInAndSubmit('/register', { ...registered })
    if (response.status !== 303) throw new Error(`Registration answered ${response.status}: ${response.text}`)
    return registered
  }

  logIn({ email, password }: Pick<Person, 'email' | 'password'>, more: Fields = {}): Call {
    return this.submit('/login', { email, password, remember: 'on', ...more })
  }

  async isSignedIn(): Promise<boolean> {
    const answer = await this.get(privatePage)
    if (answer.status === 200) return true
    if (locationOf(answer).startsWith('/login')) return false
    throw new Error(`${privatePage} answered ${answer.status}: ${answer.text}`)
  }
}

const httpMethods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const

export interface Person {
  name: string
  email: string
  password: string
}

let addresses = 0

/** 10.0.0.1 and so on. */
export function nextAddress(): string {
  addresses += 1
  return `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`
}

let people = 0

export function newPerson(): Person {
  people += 1
  return { name: `Person ${people}`, email: `person${people}@example.com`, password: 'seven green bicycles' }
}

/** Where a redirect leads, or a description of another response. */
export function locationOf(response: Response): string {
  return response.headers.location ?? `no redirect but ${response.status}`
}

/** The Set-Cookie header of the session. */
export function sessionCookieOf(response: Response): string {
  return cookiesOf(response).find((cookie) => /^(__Host-)?sid=/.test(cookie)) ?? ''
}

/** As the browser sends it back: "sid=…". */
export function sessionPairOf(response: Response): string {
  return sessionCookieOf(response).split(';', 1)[0] ?? ''
}

/** The Set-Cookie headers of an answer. */
export function cookiesOf(response: Response): string[] {
  const header: unknown = response.headers['set-cookie']
  return Array.isArray(header) ? header.map(String) : []
}
