import type { Request, Response } from 'express'
import ipaddr from 'ipaddr.js'
import type { Config } from '../config.ts'
import { TryLater } from '../http-error.ts'
import type { LimitName } from '../limits.ts'
import { InvalidFields } from '../models/field-errors.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { report } from '../security-events.ts'
import { currentUser } from './authentication.ts'
import { inAPlace } from './crowd.ts'
import { knownBrowsers } from './known-browser.ts'

/** So many of this limit are counted for this address, account or person. */
type Try = [LimitName, ...of: string[]]

/**
 * Work that somebody may not try too often, against limits.ts. It is counted first; what fails without an answer, such as for a
 * MongoDB that is away, was no try. Each throws {TryLater}: 429 when it is one too many, 503 when too many passwords
 * wait to be hashed.
 */
export interface RateLimits {
  signIn<T>(req: Request, email: string, work: () => Promise<T>): Promise<T>
  /** After a right password, a registration or a reset: from now on this browser is known to the account. */
  signedIn(req: Request, res: Response, email: string): void
  passwordAgain<T>(req: Request, work: () => Promise<T>): Promise<T>
  register<T>(req: Request, work: () => Promise<T>): Promise<T>
  // begin mail
  /** Not counted: its link is used up by it. */
  resetPassword<T>(req: Request, work: () => Promise<T>): Promise<T>
  forgotPassword(req: Request): Promise<void>
  confirmationMail(req: Request): Promise<void>
  // end mail
}

export function rateLimits(config: Config, limiter: RateLimiter): RateLimits {
  const browsers = knownBrowsers(config)
  const strangers = new WeakSet<Request>()
  return {
    async signIn(req, email, work) {
      const browser = browsers.idFor(req, email)
      if (browser) return await counted(req, [['signInByKnownBrowser', browser, email]], work)
      strangers.add(req)
      const address = network(req)
      // In this order nobody uses up more than their own: not the address's for one account, nor the account's from one address.
      const tries: Try[] = [
        ['signInByAddressAndAccount', address, email],
        ['signInByAddress', address],
        ['signInByAccount', email],
      ]
      return await counted(req, tries, work)
    },
    signedIn(req, res, email) {
      browsers.remember(req, res, email)
      if (strangers.has(req)) void limiter.giveBack('signInByAddress', network(req))
    },
    passwordAgain: (req, work) => counted(req, [['passwordAgainByUser', currentUser(req).id]], work),
    register: (req, work) => counted(req, [['registerByAddress', network(req)]], work),
    // begin mail
    resetPassword: (req, work) => counted(req, [], work),
    forgotPassword: (req) => count(req, [['forgotPasswordByAddress', network(req)]]),
    confirmationMail: (req) => count(req, [['confirmationMailByAddress', network(req)]]),
    // end mail
  }

  function counted<T>(req: Request, tries: readonly Try[], work: () => Promise<T>): Promise<T> {
    return inAPlace(req, async () => {
      const taken: Try[] = []
      try {
        await count(req, tries, taken)
        return await work()
      } catch (error) {
        const isAnswer = error instanceof InvalidFields || error instanceof TryLater
        if (!isAnswer) for (const one of taken) void limiter.giveBack(...one)
        throw error
      }
    })
  }

  /** @param taken gets what was counted */
  async function count(req: Request, tries: readonly Try[], taken: Try[] = []): Promise<void> {
    try {
      for (const one of tries) {
        await refusing(req, one, limiter.take(...one))
        taken.push(one)
      }
    } catch (error) {
      if (error instanceof TryLater) throw error
      for (const one of tries.slice(taken.length)) await refusing(req, one, limiter.takeInMemory(...one))
      throw error
    }
  }

  async function refusing(req: Request, [limit]: Try, taking: Promise<void>): Promise<void> {
    try {
      await taking
    } catch (error) {
      if (error instanceof TryLater) report(req, 'limit.reached', { limit })
      throw error
    }
  }
}

/** The address; of IPv6 the first 64 bits, as one subscriber has them all. */
function network({ ip = '' }: Request): string {
  // Some proxies write the port as well, which is another one with each connection.
  const address = ip.replace(/^\[(.+)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  if (!ipaddr.isValid(address)) return 'unknown'
  // The IPv4 address of ::ffff:192.0.2.1.
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString()
}
