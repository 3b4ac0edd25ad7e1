import type { Server } from 'node:http'
import supertest from 'supertest'

type Response = supertest.Response

/** A person with a browser: keeps cookies, and sends forms the way a browser does. */
export class Visitor {
  readonly #agent: ReturnType<typeof supertest.agent>

  /** @param server or the address of one */
  constructor(server: Server | string) {
    this.#agent = supertest.agent(server)
  }

  get(path: string): supertest.Test {
    return this.#agent.get(path)
  }

  submit(path: string, fields: Record<string, string> = {}): supertest.Test {
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

let people = 0

export function newPerson(): Person {
  people += 1
  return { name: `Person ${people}`, email: `person${people}@example.com`, password: 'seven green bicycles' }
}

/** Where a redirect goes, or a reminder of what came instead. */
export function locationOf(response: Response): string {
  return response.headers.location ?? `no redirect but ${response.status}`
}

/** The Set-Cookie headers of an answer. */
export function cookiesOf(response: Response): string[] {
  const header: unknown = response.headers['set-cookie']
  return Array.isArray(header) ? header.map(String) : []
}
