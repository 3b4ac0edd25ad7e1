import { EventEmitter } from 'node:events'
import { type Express, type Request, type Response, Router } from 'express'
import { signedInOnly } from './auth/passport.ts'
import { User } from './auth/user.ts'
import { checkAll, type Env } from './env.ts'
import { ConfigError } from './errors.ts'
import type { Core, Feature, Part, Place } from './feature.ts'
import { createLater, type LaterOptions } from './later.ts'
import type { Log } from './log.ts'

export interface CoreParts extends Pick<Core, 'config' | 'env' | 'database' | 'log'> {
  features: readonly Feature[]
  later?: LaterOptions
  /** True once a stop has begun. */
  isDraining?: () => boolean
}

/** Checks the features' needs and settings and adds their fields to the user, before the database is connected. */
export function prepareFeatures(features: readonly Feature[], env: Env): void {
  const names = features.map(({ name }) => name)
  const checkNeeds = ({ name, needs = [] }: Feature) => {
    const missing = needs.filter((need) => !names.includes(need)).join(' and ')
    if (missing) throw new ConfigError(`The feature ${name} needs ${missing}. Add it to src/features.ts.`)
  }
  checkAll(features.flatMap((feature) => [() => checkNeeds(feature), () => feature.settings?.(env)]))
  for (const { userFields = {} } of features) User.schema.add(userFields)
  User.recompileSchema()
}

/** Collects what the features add, for app.ts to mount. */
export function installFeatures(app: Express, { features, later: options, ...parts }: CoreParts) {
  const { log } = parts
  const [first, routes] = [Router(), Router()]
  const sources: [directive: string, source: string][] = []
  const placed: Placed[] = []
  const events = new EventEmitter()
  const starts: (() => Promise<void>)[] = []
  const stops: (() => Promise<void>)[] = []
  const later = createLater(log, options)
  const core: Core = {
    ...parts,
    later,
    hooks: { nextStep: [], maySignIn: [], privateGates: Router(), confirmWays: [], belongings: [] },
    use: {
      first: (handler) => void first.use(handler),
      open: (router) => void routes.use(router),
      private: (path, ...handlers) => void routes.use(path, signedInOnly, ...handlers),
    },
    place: (place, part) => void placed.push({ place, part }),
    contentSecurity: (directive, source) => void sources.push([directive, source]),
    on: (event, listener) => void events.on(event, async (fact) => await tell(listener, fact)),
    emit: (event, fact) => void events.emit(event, fact),
    startupNotes: [],
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
    /** Stops features in reverse order, then finishes queued work. */
    async stop() {
      for (const work of stops) await work()
      await later.close()
    },
  }

  async function tell<T>(listener: (fact: T) => unknown, fact: T): Promise<void> {
    try {
      await listener(fact)
    } catch (error) {
      log.error({ err: error }, "A feature's listener failed")
    }
  }
}

type Placed = Readonly<{ place: Place; part: Part }>

type Render = (this: Response, view: string, values: object, callback?: unknown) => void

/** Collects the parts that features add to a view, and passes them to it as `parts`, by place. */
function fillPlaces(app: Express, placed: readonly Placed[], log: Log): void {
  const render = app.response.render as Render // The other overloads all call this one.
  const renderFilled: Render = function (view, values, callback) {
    partsOf(view, this.req, placed, log)
      .then((parts) => render.call(this, view, { ...values, parts }, callback))
      .catch(this.req.next)
  }
  Object.assign(app.response, { render: renderFilled })
}

async function partsOf(view: string, req: Request, placed: readonly Placed[], log: Log) {
  const [folder] = view.split('/', 1)
  const offered = placed.filter(({ place }) => place.startsWith('frame.') || place.startsWith(`${folder}.`))
  const found = await Promise.all(offered.map(({ part }) => valuesOf(part, req, log)))
  const parts: Partial<Record<Place, object[]>> = {}
  for (const [index, { place }] of offered.entries())
    if (found[index]) parts[place] = [...(parts[place] ?? []), found[index]]
  return parts
}

/** Undefined if the part is not shown, or fails: one broken part must not break the page, least of all the error page. */
async function valuesOf({ view, when, data }: Part, req: Request, log: Log): Promise<object | undefined> {
  try {
    return !when || when(req) ? { view, ...(await data?.(req)) } : undefined
  } catch (error) {
    log.error({ err: error, view }, "A feature couldn't render its part of a page")
    return undefined
  }
}
