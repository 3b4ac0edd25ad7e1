// Express without sessions. RENDER: whether it renders the page for each request. BORN: whether its requests are created
// with Express's prototypes, instead of getting them one by one.
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
  // Express sets exactly these on each request, which now already has them.
  Object.assign(app, { request: Req.prototype, response: Res.prototype })
  return { IncomingMessage: Req, ServerResponse: Res }
}
