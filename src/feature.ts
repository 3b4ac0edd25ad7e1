import type { Request, RequestHandler, Response, Router } from 'express'
import type { SchemaDefinition } from 'mongoose'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Env } from './env.ts'
import type { Log } from './log.ts'

/** The contract between the core and features. A feature is a folder in src/features/ and a line in features.ts. */
export interface Feature {
  /** Also the name of its folders: src/features/NAME, views/NAME, public/NAME and test/NAME. */
  readonly name: string
  readonly needs?: readonly string[]
  /** Reads its settings, before anything connects. @throws ConfigError, one line per bad setting */
  settings?(env: Env): unknown
  /** Optional fields of the user. For their types, merge into UserFields of auth/user.ts. */
  readonly userFields?: SchemaDefinition
  /** Adds routes, parts of views, listeners and hooks. Its routes come before the core's. */
  install(core: Core): void
  /** `npm run operator -- NAME …` */
  readonly commands?: Readonly<Record<string, Command>>
  /** For `npm run seed`, in development only. @param userId the demo user's ID */
  seed?(userId: string): Promise<void>
}

export interface Command {
  /** One line per form of the command: its arguments and what it does. */
  readonly usage: string
  run(args: string[], print: (line: string) => void): Promise<void>
}

export interface Core {
  readonly config: Config
  readonly env: Env
  readonly log: Log
  readonly database: Database
  readonly use: {
    /** Runs before health checks and static files. */
    first(handler: RequestHandler): void
    /** Runs after the session; for everyone. */
    open(router: Router): void
    /** For signed-in users, behind every gate. */
    private(path: string, ...handlers: RequestHandler[]): void
  }
  /** Shows a view of the feature at a place in another view. */
  place(place: Place, part: Part): void
  contentSecurity(directive: 'form-action' | 'img-src' | 'connect-src', source: string): void
  /** An error in a listener is logged and has no other effect. */
  on<E extends keyof Events>(event: E, listener: (fact: Events[E]) => void | Promise<void>): void
  emit<E extends keyof Events>(event: E, fact: Events[E]): void
  readonly hooks: Hooks
  /** Runs work after the response, and retries it when it throws. In memory; you can replace it with a durable queue. */
  readonly later: Later
  /** Runs after the database is connected and before the app listens. */
  onStart(work: () => Promise<void>): void
  /** Logged once the app listens. */
  readonly startupNotes: string[]
  /** Runs after the last response. */
  onStop(work: () => Promise<void>): void
}

export interface Hooks {
  /** Before a sign-in takes effect. Returns the path of another step, such as a second factor. */
  readonly nextStep: NextStep[]
  /** Asked at sign-in, after the correct password, and on each request. */
  readonly maySignIn: ((user: Express.User) => boolean)[]
  /** Alternatives to the password on the page that asks "Is it you?" */
  readonly confirmWays: ConfirmWay[]
  /** Part of signedInOnly, so they protect every private page. */
  readonly privateGates: Router
  /** Data of a user outside MongoDB models, such as files. `remove` is called again after a crash. */
  readonly belongings: { remove(userId: string): Promise<void>; export?(userId: string): Promise<object> }[]
}

type NextStep = (req: Request, res: Response, user: Express.User, how: Arrival) => Promise<string | undefined>

interface ConfirmWay {
  readonly name: string
  /** Fields and a button inside a form on that page. */
  readonly view: string
  /** Checks the fields in req.body. @throws InvalidFields if it isn't the user */
  check(req: Request, user: Express.User): Promise<void>
}

/** How a user signed in. */
export interface Arrival {
  readonly by: 'password' | 'registration' | 'reset' | 'change' | (string & {})
  /** With a second factor or similar. */
  readonly strong?: boolean
  /** Keeps the session for SESSION_IDLE_DAYS; otherwise the cookie ends with the browser. */
  readonly remember: boolean
  /** The requested page; anything other than a path of this app leads to the landing page. */
  readonly returnTo?: string | undefined
  /** Shown on the next page. */
  readonly message?: string
}

/** Emitted once the change is stored, before the response. */
interface Events {
  registered: { req: Request; user: Express.User }
  signedIn: { req: Request; user: Express.User; arrival: Arrival }
  signInRefused: { req: Request; userId: string | undefined }
  signedOut: { req: Request; userId: string }
  passwordChanged: { req: Request; user: Express.User; by: 'change' | 'reset' }
  emailChanged: { req: Request; user: Express.User; formerEmail: string }
  accountDeleted: { req: Request; userId: string; email: string }
  /** By an admin: nothing is deleted, but the user can't sign in until they are enabled again. */
  disabled: { req: Request; user: Express.User }
  enabled: { req: Request; user: Express.User }
}

/** A folder of views, or `frame` for every page, and a place in it. Parts of `menu` and `cards` are list items. */
export type Place =
  | `frame.${'head' | 'navigation' | 'menu' | 'banner'}`
  | `auth.${'sign-in-ways' | 'sign-in-help'}`
  | `account.${'email' | 'rows'}`
  | 'home.main'
  | 'dashboard.cards'

export interface Part {
  /** A path below views/, such as mail/banner. */
  readonly view: string
  /** Default: always. */
  when?(req: Request): boolean
  /** Values for the view, in addition to the page's. */
  data?(req: Request): Promise<object> | object
}

export interface Later {
  handle<T>(name: string, work: (data: T) => Promise<void>): void
  /** @param data must be serializable as JSON */
  add(name: string, data: object): void
}

declare global {
  namespace Express {
    interface Locals {
      /** On app.locals, for handlers that are shared between apps. */
      core: Core
    }
  }
}
