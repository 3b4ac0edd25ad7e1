// What tutorials build: express-session with connect-mongo and, with USER, Passport with the user as a Mongoose document.
import MongoStore from 'connect-mongo'
import session from 'express-session'
import mongoose from 'mongoose'
import passport from 'passport'
import { User, type UserDocument } from '../../support/app.ts'
import { given, listen } from './listen.ts'
import { dashboard, expressWithViews, newSession } from './pages.ts'

await mongoose.connect(given('DATABASE_URL'))
const user = await User.create({ name: 'Ada', email: `${process.pid}@example.com`, passwordHash: 'none' })
const app = expressWithViews()

app.use(
  session({
    secret: given('SECRET_KEY'),
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 },
    store: MongoStore.create({ client: mongoose.connection.getClient(), touchAfter: 60 * 60 }),
  }),
)
if (given('USER') === 'yes') {
  passport.serializeUser((user, done) => done(null, user.id))
  passport.deserializeUser((id: string, done) => {
    User.findById(id).then((user) => done(null, user), done)
  })
  app.use(passport.session())
}

app.get('/sign-in', (req, res, next) => {
  const welcome = (error?: unknown) => {
    if (error) return next(error)
    Object.assign(req.session, newSession())
    res.send('Welcome')
  }
  if (given('USER') === 'yes') return req.logIn(user, welcome)
  req.session.passport = { user: user.id }
  welcome()
})

app.get('/dashboard', (req, res) => {
  const { view, values } = dashboard(req.user as UserDocument | undefined)
  res.render(view, values)
})

listen(app)
