import assert from 'node:assert/strict'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

interface Answer {
  status: number
  text: string
  cookies: string
}

/** As much of a browser as a scenario needs. */
export class Visitor {
  private cookies = ''
  private readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  async register(): Promise<void> {
    const email = `${Math.random().toString(36).slice(2)}@example.com`
    const form = { name: 'Visitor', email, password: 'plum orchard lantern seven' }
    const { status, cookies, text } = await this.ask('/register', form)
    assert.equal(status, 303, text)
    this.cookies = cookies
  }

  async isSignedIn(): Promise<boolean> {
    const { status } = await this.ask('/dashboard')
    return status === 200
  }

  /** Undefined if the connection fails. */
  async status(path: string): Promise<number | undefined> {
    return this.ask(path).then(
      ({ status }) => status,
      () => undefined,
    )
  }

  async text(path: string): Promise<string> {
    return (await this.ask(path)).text
  }

  private ask(path: string, form?: Record<string, string>): Promise<Answer> {
    const body = form ? new URLSearchParams(form).toString() : ''
    const isHttps = this.origin.startsWith('https:')
    const options = {
      method: form ? 'POST' : 'GET',
      // The certificate is from Caddy's own authority.
      rejectUnauthorized: false,
      family: 4,
      agent: false as const,
      timeout: 10_000,
      headers: {
        ...(this.cookies && { Cookie: this.cookies }),
        ...(form && { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' }),
      },
    }
    return new Promise((resolve, reject) => {
      const request = (isHttps ? requestHttps : requestHttp)(this.origin + path, options, (response) => {
        let text = ''
        response.on('data', (part) => (text += String(part)))
        response.on('error', reject)
        response.on('end', () => {
          const cookies = (response.headers['set-cookie'] ?? [])
            .map((cookie) => cookie.split(';', 1)[0])
            .join('; ')
          resolve({ status: response.statusCode ?? 0, text, cookies })
        })
      })
      request.on('timeout', () => request.destroy(new Error('no response within 10 s')))
      request.on('error', reject)
      request.end(body)
    })
  }
}

/** Requests a signed-in user's page ten times per second, until stopped. */
export function watch(visitor: Visitor): {
  stop(): Promise<{ requests: number; failed: number; gapSeconds: number }>
} {
  let stopped = false
  let requests = 0
  let failed = 0
  let gap = 0
  let lastGood = performance.now()
  const watching = (async () => {
    while (!stopped) {
      requests += 1
      const status = await visitor.status('/dashboard')
      const now = performance.now()
      if (status === 200) {
        gap = Math.max(gap, now - lastGood)
        lastGood = now
      } else failed += 1
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  return {
    async stop() {
      stopped = true
      await watching
      gap = Math.max(gap, performance.now() - lastGood)
      return { requests, failed, gapSeconds: Math.round(gap / 100) / 10 }
    },
  }
}
