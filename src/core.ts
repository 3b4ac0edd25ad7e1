import { type Express, type Response, Router } from 'express'
import { signedInOnly } from './accounts/passport.ts'
import { User } from './accounts/user.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import { checkAll, type Env } from './env.ts'
import { ConfigError } from './errors.ts'
import type { Core, Feature, Hooks, Part, Place } from './feature.ts'
import { createLater, type LaterOptions } from './later.ts'
import type { Log } from './log.ts'

export interface CoreParts {
  config: Config
  env: Env
  database: Database
  log: Log
  features: readonly Feature[]
  later?: LaterOptions
}

/** What the features added, for app.ts to put in its places. */
export interface Gathered {
  readonly core: Core
  readonly first: Router
  readonly routes: Router
  readonly sources: Partial<Record<string, string[]>>
  start(): Promise<void>
  /** Features last in, first out; then what is still to do. */
  stop(): Promise<void>
}

/** Checks the features' needs and settings and adds their fields to the user: before the database is connected. */
export function prepareFeatures(features: readonly Feature[], env: Env): void {
  const names = features.map(({ name }) => name)
  checkAll([
    ...features.map(({ name, needs = [] }) => () => {
      const missing = needs.filter((need) => !names.includes(need))
      if (missing.length > 0)
        throw new ConfigError(
          `The feature ${name} needs ${missing.join(' and ')}. Add it to src/features.ts.`,
        )
    }),
    ...features.map((feature) => () => feature.settings?.(env)),
  ])
  const fields = features.flatMap(({ userFields = {} }) => Object.entries(userFields))
  const missing = fields.filter(([name]) => !User.schema.path(name))
  if (missing.length === 0) return
  User.schema.add(Object.fromEntries(missing))
  User.recompileSchema()
}

/** Lets each feature add what it adds. */
export function installFeatures(app: Express, { features, later: options, ...parts }: CoreParts): Gathered {
  const { log } = parts
  const first = Router()
  const routes = Router()
  const sources: Gathered['sources'] = {}
  const placed = new Map<Place, Part[]>()
  const listeners = new Map<string, ((fact: never) => unknown)[]>()
  const starts: (() => Promise<void>)[] = []
  const stops: (() => Promise<void>)[] = []
  const hooks: Hooks = { nextStep: [], maySignIn: [], privateGates: Router(), belongings: [] }
  const later = createLater(log, options)
  const core: Core = {
    ...parts,
    hooks,
    later,
    use: {
      first: (handler) => void first.use(handler),
      open: (router) => void routes.use(router),
      private: (path, ...handlers) => void routes.use(path, signedInOnly, ...handlers),
    },
    place: (place, part) => void placed.set(place, [...(placed.get(place) ?? []), part]),
    contentSecurity(directive, source) {
      sources[directive] = [...(sources[directive] ?? []), source]
    },
    on: (event, listener) => void listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    emit(event, fact) {
      // The map keeps them by their event, so each gets the fact that it is for.
      for (const listener of listeners.get(event) ?? [])
        tell(listener as (given: typeof fact) => unknown, fact, log)
    },
    onStart: (work) => void starts.push(work),
    onStop: (work) => void stops.unshift(work),
  }
  app.locals.core = core
  fillPlaces(app, placed, log)
  for (const feature of features) feature.install(core)
  return {
    core,
    first,
    routes,
    sources,
    async start() {
      for (const work of starts) await work()
    },
    async stop() {
      for (const work of stops) await work()
      await later.close()
    },
  }
}

async function tell<T>(listener: (fact: T) => unknown, fact: T, log: Log): Promise<void> {
  try {
    await listener(fact)
  } catch (error) {
    log.error({ err: error }, "A feature's listener failed")
  }
}

type Render = (this: Response, view: string, values: object, callback?: unknown) => void

/** Before a view is rendered, gathers what features add to it: views take it from `parts`, by the name of the place. */
function fillPlaces(app: Express, placed: ReadonlyMap<Place, Part[]>, log: Log): void {
  const render = app.response.render as Render // Of its forms this one alone, to which the others come down.
  const renderFilled: Render = function (view, values, callback) {
    const [folder] = view.split('/')
    const wanted = [...placed].filter(
      ([place]) => place.startsWith('frame.') || place.startsWith(`${folder}.`),
    )
    const filled = wanted.map(async ([place, parts]) => {
      const values = await Promise.all(parts.map((part) => valuesOf(part, this, log)))
      return [place, values.filter((one) => one !== undefined)] as const
    })
    Promise.all(filled).then((parts) => {
      render.call(this, view, { ...values, parts: Object.fromEntries(parts) }, callback)
    }, this.req.next)
  }
  Object.assign(app.response, { render: renderFilled })
}

/** Undefined where it is not shown. A part that fails is left out: a page is not lost for it, the error page least of all. */
async function valuesOf(
  { view, when, data }: Part,
  { req }: Response,
  log: Log,
): Promise<object | undefined> {
  try {
    return !when || when(req) ? { view, ...(await data?.(req)) } : undefined
  } catch (error) {
    log.error({ err: error, view }, "A feature's part of a page failed")
    return undefined
  }
}
