import type { Request, RequestHandler, Response, Router } from 'express'
import type { SchemaDefinition } from 'mongoose'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'

/** The contract between core and features, types only. A feature is a folder of src/features/ and a line in features.ts. */
export interface Feature {
  /** That of its folders: src/features/NAME, views/NAME, public/NAME and test/NAME. */
  readonly name: string
  readonly needs?: readonly string[]
  /** Reads its settings; all features are asked before anything connects. @throws ConfigError, a line per bad setting */
  settings?(env: Env): unknown
  /** Optional fields of the user. Type them by merging into UserFields of auth/user.ts. */
  readonly userFields?: SchemaDefinition
  /** Adds its routes, parts of views, listeners and hooks, once per app, before the core's own routes. */
  install(core: Core): void
  /** `npm run operator -- NAME …` */
  readonly commands?: Readonly<Record<string, Command>>
  /** `npm run seed`, in development only. @param userId the demo user's */
  seed?(userId: string): Promise<void>
}

export interface Command {
  /** Its arguments and what it does, a line each. */
  readonly usage: string
  run(args: string[], print: (line: string) => void): Promise<void>
}

export interface Core {
  readonly config: Config
  readonly env: Env
  readonly log: Log
  readonly database: Database
  readonly use: {
    /** Before health checks and static files. */
    first(handler: RequestHandler): void
    /** After the session, for everyone. */
    open(router: Router): void
    /** For whoever is signed in, behind every gate. */
    private(path: string, ...handlers: RequestHandler[]): void
  }
  /** Shows a view of the feature at a place that another view offers. */
  place(place: Place, part: Part): void
  contentSecurity(directive: 'form-action' | 'img-src' | 'connect-src', source: string): void
  /** A listener that fails is logged and changes nothing. */
  on<E extends keyof Events>(event: E, listener: (fact: Events[E]) => void | Promise<void>): void
  emit<E extends keyof Events>(event: E, fact: Events[E]): void
  readonly hooks: Hooks
  /** Work after the response, tried again when it throws. In memory; a durable queue may replace it. */
  readonly later: Later
  /** After the database is connected, before the app listens. */
  onStart(work: () => Promise<void>): void
  /** After the last response. */
  onStop(work: () => Promise<void>): void
}

/** May change what the core does; the core asks each in one place. */
export interface Hooks {
  /** Before a sign-in takes effect: a path where it goes on, such as a second step. */
  readonly nextStep: NextStep[]
  /** At sign-in, once the password is right, and on each request. */
  readonly maySignIn: ((user: Express.User) => boolean)[]
  /** Beside the password, on the page that asks "is it you?". */
  readonly confirmWays: ConfirmWay[]
  /** Inside signedInOnly, so a fork's pages have them too. */
  readonly privateGates: Router
  /** What belongs to a user and no model declares, such as files. Called again after a crash. */
  readonly belongings: { remove(userId: string): Promise<void>; export?(userId: string): Promise<object> }[]
}

type NextStep = (req: Request, res: Response, user: Express.User, how: Arrival) => Promise<string | undefined>

interface ConfirmWay {
  readonly name: string
  /** Its fields and button, inside a form of that page. */
  readonly view: string
  /** Looks at the fields in req.body. @throws InvalidFields when it is not the user */
  check(req: Request, user: Express.User): Promise<void>
}

/** How someone comes to be signed in. */
export interface Arrival {
  readonly by: 'password' | 'registration' | 'reset' | 'change' | (string & {})
  /** With a second factor or its like. */
  readonly strong?: boolean
  /** Two weeks; otherwise the cookie ends with the browser. */
  readonly remember: boolean
  /** The page asked for; anything that is not a path of this app leads to the landing page. */
  readonly returnTo?: string | undefined
  /** Shown on the next page. */
  readonly message?: string
}

/** Stored facts. The request of each is still being answered when it is told. */
interface Events {
  registered: { req: Request; user: Express.User }
  signedIn: { req: Request; user: Express.User; arrival: Arrival }
  signInRefused: { req: Request; userId: string | undefined }
  signedOut: { req: Request; userId: string }
  passwordChanged: { req: Request; user: Express.User; by: 'change' | 'reset' }
  emailChanged: { req: Request; user: Express.User; formerEmail: string }
  accountDeleted: { req: Request; userId: string; email: string }
  /** By someone else: nothing is deleted, and the user can't sign in until they are enabled again. */
  disabled: { req: Request; user: Express.User }
  enabled: { req: Request; user: Express.User }
}

/** Where views take parts: a folder of views, or `frame`, which is every page. In `menu` and `cards` they are list items. */
export type Place =
  | `frame.${'head' | 'navigation' | 'menu' | 'banner'}`
  | `auth.${'sign-in-ways' | 'sign-in-help'}`
  | `account.${'email' | 'rows'}`
  | 'home.main'
  | 'dashboard.cards'

export interface Part {
  /** Below views/, such as mail/banner. */
  readonly view: string
  /** Left out: always. */
  when?(req: Request): boolean
  /** Values for the view, beside those of the page. */
  data?(req: Request): Promise<object> | object
}

export interface Later {
  handle<T>(name: string, work: (data: T) => Promise<void>): void
  /** @param data as JSON has it */
  add(name: string, data: object): void
}

declare global {
  namespace Express {
    interface Locals {
      /** On app.locals, for handlers that are not made per app. */
      core: Core
    }
  }
}
