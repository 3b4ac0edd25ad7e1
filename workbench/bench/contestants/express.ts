// Express without sessions. RENDER: whether it makes the page anew for each request. BORN: whether its requests are born
// with Express' prototypes, instead of being given them one by one.
import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import { given, listen } from './listen.ts'
import { dashboard, expressWithViews, login, renderer } from './pages.ts'

const app = expressWithViews()
const ready = renderer('dashboard/show')(dashboard())

app.get('/ready', (_req, res) => {
  res.send(ready)
})
app.get('/dashboard', (_req, res) => {
  const { view, values } = dashboard()
  res.render(view, values)
})
app.get('/login', (_req, res) => {
  res.render(login.view, login.values)
})

listen(app, given('BORN') === 'yes' ? born() : {})

/** https://github.com/expressjs/express/issues/5998 */
function born(): ServerOptions {
  class Req extends IncomingMessage {}
  class Res<R extends IncomingMessage> extends ServerResponse<R> {}
  Object.setPrototypeOf(Req.prototype, app.request)
  Object.setPrototypeOf(Res.prototype, app.response)
  // Express sets exactly these for each request, which now are the ones it has.
  Object.assign(app, { request: Req.prototype, response: Res.prototype })
  return { IncomingMessage: Req, ServerResponse: Res }
}
