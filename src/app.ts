import express, { type Express, type RequestHandler } from 'express'
import ipaddr from 'ipaddr.js'
import { confirmRoutes } from './auth/confirm.ts'
import { authentication } from './auth/passport.ts'
import { passwordLength } from './auth/password.ts'
import { accountRoutes, signOutRoute } from './auth/routes.ts'
import { User } from './auth/user.ts'
import { type Config, homeLabel, homePath } from './config.ts'
import { dashboardRoutes } from './dashboard/routes.ts'
import { requestDeadline } from './database.ts'
import { type CoreParts, installFeatures } from './install-features.ts'
import { requestLog } from './log.ts'
import { flash, takeFlash } from './sessions/flash.ts'
import { sessions } from './sessions/index.ts'
import { errorPage, notFound, refusePathless } from './web/error-page.ts'
import { staticFiles, styleSheets, themeColors, viewEngine, views } from './web/files.ts'
import { formBody } from './web/forms.ts'
import { neverStored, refuseCrossSite, securityHeaders } from './web/headers.ts'
import { healthRoutes } from './web/server.ts'

/** The steps of a request, in order. */
export function createApp({ isDraining = () => false, ...parts }: CoreParts) {
  const { config, database, log } = parts
  const app = express()
  const files = staticFiles(config.env === 'development')
  configure(app, config, files.assetUrl)
  const installed = installFeatures(app, parts)

  // These need no session and no database.
  app.use(installed.first)
  app.use(securityHeaders(config, installed.sources))
  app.use(healthRoutes(database, isDraining))
  app.use(refusePathless)
  app.use(files.middleware)
  app.use(requestLog(log, config))
  app.use(refuseCrossSite(config.origin))
  app.use(formBody)
  app.use(neverStored)
  app.use(requestDeadline)

  app.use(sessions(config, database, log, User.collection.name))
  app.use(flash())
  app.use(signOutRoute())
  app.use(authentication())
  app.use(locals)

  app.use(installed.routes)
  app.get('/', (_req, res) => res.render('home/show'))
  app.use(accountRoutes())
  app.use(confirmRoutes())
  app.use(dashboardRoutes())

  app.use(notFound)
  app.use(errorPage)
  return { app, installed }
}

function configure(app: Express, config: Config, assetUrl: (file: string) => string): void {
  const isDevelopment = config.env === 'development'
  app.disable('x-powered-by')
  // Pages are never cached, so they need no ETag.
  app.disable('etag')
  app.set('env', config.env)
  app.set('query parser', 'simple')
  app.set('trust proxy', config.trustedProxies)
  app.set('views', views)
  app.set('view engine', 'ejs')
  app.set('view cache', !isDevelopment)
  app.engine('ejs', viewEngine(isDevelopment))
  const { appName, origin } = config
  const ofViews = { appName, origin, assetUrl, styleSheets, themeColors: themeColors(), homePath, homeLabel }
  Object.assign(app.locals, ofViews, { passwordMin: passwordLength.min, parts: {} })
  const { get: given } = Object.getOwnPropertyDescriptor(express.request, 'ip') ?? {}
  Object.defineProperties(app.request, {
    // Not from a request header, or express-session would send no cookie behind an untrusted proxy.
    secure: { get: () => config.https },
    // Some proxies add the port, and Node writes IPv4 as ::ffff:192.0.2.1.
    ip: {
      get() {
        const address = String(given?.call(this) ?? '').replace(/^\[(.+)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')
        return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
      },
    },
  })
}

const locals: RequestHandler = (req, res, next) => {
  res.locals.user = req.user
  res.locals.path = req.path
  // A HEAD request or a prefetch must not use up a message that no one sees.
  const isLookedAt = req.method !== 'HEAD' && !/prefetch/.test(req.get('sec-purpose') ?? '')
  res.locals.takeFlash = () => (isLookedAt ? takeFlash(req) : {})
  next()
}
