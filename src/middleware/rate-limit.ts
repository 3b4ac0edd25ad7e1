import type { Request, Response } from 'express'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'
import { TryLater } from '../http-error.ts'
import type { LimitName } from '../limits.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { report } from '../security-events.ts'
import { currentUser } from './authentication.ts'
import { takePlace } from './crowd.ts'
import { knownBrowsers } from './known-browser.ts'

/**
 * The tries that a request makes, against limits.ts. Each throws {TryLater}: 429 when it is one too many, 503 when too many
 * passwords wait to be hashed.
 */
export interface RateLimits {
  signIn(req: Request, email: string): Promise<void>
  /** After a right password, a registration or a reset: from now on this browser is known to the account. */
  signedIn(req: Request, res: Response, email: string): void
  passwordAgain(req: Request): Promise<void>
  register(req: Request): Promise<void>
  forgotPassword(req: Request): Promise<void> // mail
  confirmationMail(req: Request): Promise<void> // mail
}

export function rateLimits(config: Config, limiter: RateLimiter): RateLimits {
  const browsers = knownBrowsers(config)
  const strangers = new WeakSet<Request>()
  return {
    async signIn(req, email) {
      takePlace(req)
      const browser = browsers.idFor(req, email)
      if (browser) return take(req, 'signInByKnownBrowser', browser, email)
      strangers.add(req)
      const address = network(req)
      // One after the other: an address that has used up its own tries takes none of the account's.
      await take(req, 'signInByAddress', address)
      await take(req, 'signInByAddressAndAccount', address, email)
      await take(req, 'signInByAccount', email)
    },
    signedIn(req, res, email) {
      browsers.remember(req, res, email)
      if (strangers.has(req)) void limiter.giveBack('signInByAddress', network(req))
    },
    async passwordAgain(req) {
      takePlace(req)
      await take(req, 'passwordAgainByUser', currentUser(req).id)
    },
    async register(req) {
      takePlace(req)
      await take(req, 'registerByAddress', network(req))
    },
    forgotPassword: (req) => take(req, 'forgotPasswordByAddress', network(req)), // mail
    confirmationMail: (req) => take(req, 'confirmationMailByAddress', network(req)), // mail
  }

  async function take(req: Request, name: LimitName, ...of: string[]): Promise<void> {
    try {
      await limiter.take(name, ...of)
    } catch (error) {
      if (error instanceof TryLater) report(req, 'limit.reached', { limit: name })
      throw error
    }
  }
}

/** The address; of IPv6 the first 64 bits, as one subscriber has them all. */
function network({ ip = '' }: Request): string {
  if (!ipaddr.isValid(ip)) return ip
  // The IPv4 address of ::ffff:192.0.2.1.
  const address = ipaddr.process(ip)
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString()
}
