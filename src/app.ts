import { fileURLToPath } from 'node:url'
import express, { type Express, type RequestHandler } from 'express'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import type { AccountMails } from './mail/account-mails.ts' // mail
import { authentication, signedInOnly } from './middleware/authentication.ts'
import { refuseCrossSiteForms } from './middleware/cross-site.ts'
import { errorPage, notFound } from './middleware/errors.ts'
import { formBody } from './middleware/form-body.ts'
import { neverStored, securityHeaders } from './middleware/headers.ts'
import { locals } from './middleware/locals.ts'
import { rateLimits } from './middleware/rate-limit.ts'
import { requestLog } from './middleware/request-log.ts'
import { staticFiles } from './middleware/static-files.ts'
import { verifiedOnly } from './middleware/verified.ts' // mail
import { passwordLength } from './models/password-rules.ts'
import { createRateLimiter } from './rate-limiter.ts'
import { accountRoutes } from './routes/account.ts'
import { accountEmailRoutes } from './routes/account-email.ts' // mail
import { authRoutes } from './routes/auth.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { healthRoutes } from './routes/health.ts'
import { pageRoutes } from './routes/pages.ts'
import { passwordResetRoutes } from './routes/password-reset.ts' // mail
import { sessionRoutes } from './routes/sessions.ts'
import { signOutRoutes } from './routes/sign-out.ts'
import { verificationRoutes } from './routes/verification.ts' // mail
import { flash } from './sessions/flash.ts'
import { createSessions } from './sessions/index.ts'
import { duration, timeLeft } from './time-left.ts'
import { compiledViews, editedViews } from './views.ts'

const views = fileURLToPath(new URL('../views', import.meta.url))

export interface AppParts {
  config: Config
  database: Database
  log: Log
  /** True once a shutdown has begun. */
  isDraining?: () => boolean
  /** Left out, no page offers what needs a mail. */
  mails?: AccountMails | undefined // mail
  /** For development: what else there is to see, before anybody is asked who they are. */
  more?: RequestHandler[]
}

/** The app, listening nowhere yet. Its lines are the journey of a request, and the table of contents. */
export function createApp({
  config,
  database,
  log,
  isDraining = () => false,
  mails, // mail
  more = [],
}: AppParts): Express {
  const app = express()
  const sessions = createSessions(config, database)
  const limits = rateLimits(config, createRateLimiter(database))
  const files = staticFiles({ edited: config.env === 'development' })
  configure(app, config)
  Object.assign(app.locals, {
    appName: config.appName,
    assetUrl: files.assetUrl,
    origin: config.origin,
    passwordMin: passwordLength.min,
    timeLeft,
    mailOn: mails !== undefined, // mail
    lastSeenLag: duration(sessions.touchAfterMs),
    idleLimit: duration(config.sessionIdleMs),
    absoluteLimit: duration(config.sessionAbsoluteMs),
  })

  // No session needed: none of these costs the database a command.
  app.use(securityHeaders(config))
  app.use(healthRoutes(database, isDraining))
  app.use(files.middleware)
  app.use(requestLog(log, config))
  app.use(refuseCrossSiteForms(config.origin))
  app.use(formBody)
  app.use(neverStored)
  if (more.length > 0) app.use(more)

  // Who is it?
  app.use(sessions.middleware)
  app.use(flash())
  app.use(signOutRoutes())
  app.use(authentication())
  app.use(locals)

  // Open to everybody.
  app.use(pageRoutes())
  app.use(
    authRoutes(
      config,
      limits,
      mails, // mail
    ),
  )
  // begin mail
  if (mails) app.use(passwordResetRoutes(config, limits, mails), verificationRoutes(config, limits, mails))
  // end mail

  // Open to those who are signed in.
  if (mails) app.use('/dashboard', signedInOnly, verifiedOnly(config.mail)) // mail
  app.use('/dashboard', signedInOnly, dashboardRoutes(config, sessions))
  app.use('/sessions', signedInOnly, sessionRoutes(sessions))
  if (mails) app.use('/account/email', signedInOnly, accountEmailRoutes(limits, mails)) // mail
  app.use(
    '/account',
    signedInOnly,
    accountRoutes(
      config,
      limits,
      mails, // mail
    ),
  )

  app.use(notFound)
  app.use(errorPage(log))
  return app
}

function configure(app: Express, config: Config): void {
  app.disable('x-powered-by')
  // Pages are never stored by a cache, so a fingerprint of each would be work for nothing.
  app.disable('etag')
  app.set('env', config.env)
  app.set('view engine', 'ejs')
  app.set('views', views)
  const edited = config.env === 'development'
  app.set('view cache', !edited)
  app.engine('ejs', edited ? editedViews() : compiledViews(views))
  app.set('query parser', 'simple')
  app.set('trust proxy', config.trustedProxies)
  // The public address decides what is secure, not a header of the request: with a proxy that is not trusted
  // express-session would send no cookie and store a session for every request.
  Object.defineProperty(app.request, 'secure', { get: () => config.https })
}
