import type { Server } from 'node:http'
import supertest from 'supertest'

type Response = supertest.Response

/**
 * A person with a browser: keeps cookies, and sends forms the way a browser does. Each comes from an address of their
 * own, as seen by a trusted proxy; otherwise a file's visitors would share the tries of one address.
 */
export class Visitor {
  readonly #agent: ReturnType<typeof supertest.agent>

  /** @param server or the address of one */
  constructor(server: Server | string, address = nextAddress()) {
    this.#agent = supertest.agent(server).set('X-Forwarded-For', address)
  }

  get(path: string): supertest.Test {
    return this.#agent.get(path)
  }

  /** @param fields of the form, or its body as it goes over the line */
  submit(path: string, fields: Record<string, string> | string = {}): supertest.Test {
    return this.#agent.post(path).set('Sec-Fetch-Site', 'same-origin').type('form').send(fields)
  }

  async register(registered: Person = newPerson()): Promise<Person> {
    const response = await this.submit('/register', { ...registered })
    if (response.status !== 303) throw new Error(`Registration answered ${response.status}: ${response.text}`)
    return registered
  }

  logIn(
    { email, password }: Pick<Person, 'email' | 'password'>,
    more: Record<string, string> = {},
  ): supertest.Test {
    return this.submit('/login', { email, password, remember: 'on', ...more })
  }
}

export interface Person {
  name: string
  email: string
  password: string
}

let addresses = 0

/** 10.0.0.1 and so on. */
function nextAddress(): string {
  addresses += 1
  return `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`
}

let people = 0

export function newPerson(): Person {
  people += 1
  return { name: `Person ${people}`, email: `person${people}@example.com`, password: 'seven green bicycles' }
}

/** Where a redirect goes, or a reminder of what came instead. */
export function locationOf(response: Response): string {
  return response.headers.location ?? `no redirect but ${response.status}`
}

/** The Set-Cookie header of the session. */
export function sessionCookieOf(response: Response): string {
  return cookiesOf(response).find((cookie) => /^(__Host-)?sid=/.test(cookie)) ?? ''
}

/** The Set-Cookie headers of an answer. */
export function cookiesOf(response: Response): string[] {
  const header: unknown = response.headers['set-cookie']
  return Array.isArray(header) ? header.map(String) : []
}
