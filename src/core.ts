import { type Express, type Request, type Response, Router } from 'express'
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

interface Placed {
  place: Place
  part: Part
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
  /** By the folder of the views that offer the place. */
  const placed = new Map<string, Placed[]>()
  const listeners = new Map<string, ((fact: never) => unknown)[]>()
  const starts: (() => Promise<void>)[] = []
  const stops: (() => Promise<void>)[] = []
  const hooks: Hooks = {
    nextStep: [],
    maySignIn: [],
    privateGates: Router(),
    confirmWays: [],
    belongings: [],
  }
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
    place(place, part) {
      const [folder = ''] = place.split('.', 1)
      placed.set(folder, [...(placed.get(folder) ?? []), { place, part }])
    },
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
type Shown = { view: string } | undefined

/** Before a view is rendered, gathers what features add to it: views take it from `parts`, by the name of the place. */
function fillPlaces(app: Express, placed: ReadonlyMap<string, Placed[]>, log: Log): void {
  const render = app.response.render as Render // Of its forms this one alone, to which the others come down.
  const renderFilled: Render = function (view, values, callback) {
    const [folder = ''] = view.split('/', 1)
    const wanted = [...(placed.get('frame') ?? []), ...(placed.get(folder) ?? [])]
    const finish = (found: Shown[]) => {
      const parts: Partial<Record<Place, Shown[]>> = {}
      for (const [index, { place }] of wanted.entries()) {
        const shown = found[index]
        if (shown) parts[place] = [...(parts[place] ?? []), shown]
      }
      render.call(this, view, { ...values, parts }, callback)
    }
    const found = wanted.map(({ part }) => valuesOf(part, this.req, log))
    // Not through a promise when nothing has to be waited for, as is the case for nearly all pages.
    if (found.every(isReady)) finish(found)
    else Promise.all(found).then(finish).catch(this.req.next)
  }
  Object.assign(app.response, { render: renderFilled })
}

function isReady(one: Shown | Promise<Shown>): one is Shown {
  return !(one instanceof Promise)
}

/** Undefined where it is not shown. A part that fails is left out: a page is not lost for it, the error page least of all. */
function valuesOf({ view, when, data }: Part, req: Request, log: Log): Shown | Promise<Shown> {
  const failed = (error: unknown) => void log.error({ err: error, view }, "A feature's part of a page failed")
  try {
    if (when && !when(req)) return undefined
    const values = data?.(req)
    if (!(values instanceof Promise)) return { view, ...values }
    return values.then((waited) => ({ view, ...waited })).catch(failed)
  } catch (error) {
    return failed(error)
  }
}
