/** The same routes serve browsers and programs: each row is a client, an outcome and the expected response. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Request, type Response, Router } from 'express'
import { boolean, number, object, string } from 'yup'
import { signedInOnly } from '../../src/auth/passport.ts'
import { jsonBody, maxBodySize, parseJson } from '../../src/web/forms.ts'
import { limitAttempts, network } from '../../src/web/limits.ts'
import { startTestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { privatePage } from '../support/home.ts'
import type { Answer } from '../support/http.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, type Sent, type Visitor } from '../support/visitor.ts'

const shape = object({
  title: string().required('Enter a title.'),
  servings: number().strict().typeError('Enter a number.').min(1),
})
const limit = { name: 'programs', attempts: 2, seconds: 60, successCounts: true } as const
const api = Router()
api.get('/api/me', signedInOnly, (req, res) => void res.json({ name: req.user?.name }))
for (const method of ['post', 'put', 'patch', 'delete'] as const)
  api[method](
    '/api/dish',
    signedInOnly,
    jsonBody,
    (req: Request, res: Response) => void res.json(parseJson(req.body, shape)),
  )
const rules = object({ title: string().required().max(3), servings: number().min(1), isPublic: boolean() })
api.put('/api/rules', jsonBody, (req: Request, res: Response) => void res.json(parseJson(req.body, rules)))
api.post('/api/rarely', (req, res) =>
  limitAttempts(req, [[limit, network(req)]], async () => void res.status(204).end()),
)

const url = ownDatabaseUrl()
const database = await startTcpProxy(url)
const app = await startTestApp({ DATABASE_URL: database.through(url) }, { more: [api, brokenPage] })

const same = { Origin: app.config.origin }
const clients = {
  'a browser': {
    Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  },
  fetch: { Accept: '*/*', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
  'curl that asks for JSON': { Accept: 'application/json' },
  curl: { Accept: '*/*', ...same },
} as const
type Client = keyof typeof clients
const programs: readonly Client[] = ['fetch', 'curl that asks for JSON']
const pages: readonly Client[] = ['a browser', 'curl']
const everyone = [...pages, ...programs]
const html = 'text/html; charset=utf-8'
const json = 'application/json; charset=utf-8'
const problem = 'application/problem+json; charset=utf-8'

interface Row {
  clients: readonly Client[]
  /** METHOD /path */
  route: string
  outcome: string
  signedIn?: true
  sent?: Sent
  before?(visitor: Visitor, client: Client): unknown
  after?(): void
  expected: [status: number, type: string | undefined, body: RegExp]
  also?(answer: Answer): void
}

const dish = { title: 'Soup', servings: 4 }
const noCookie = (answer: Answer) => assert.deepEqual(cookiesOf(answer), [])
const waits = ({ headers }: Answer) => assert.ok(Number(headers['retry-after']) > 0)
const crossSite = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }

const rows: Row[] = [
  {
    clients: everyone,
    route: 'GET /api/me',
    outcome: 'ok',
    signedIn: true,
    expected: [200, json, /"name":"Person/],
  },
  {
    clients: everyone,
    route: `GET ${privatePage}`,
    outcome: 'ok',
    signedIn: true,
    expected: [200, html, /<h1>/],
  },
  ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).flatMap((method): Row[] => {
    const route = `${method} /api/dish`
    return [
      {
        clients: everyone,
        route,
        outcome: 'ok',
        signedIn: true,
        sent: { json: dish },
        expected: [200, json, /"servings":4/],
      },
      {
        clients: everyone,
        route,
        outcome: 'cross-site',
        signedIn: true,
        sent: { json: dish, headers: crossSite },
        expected: [403, undefined, /another site/],
        also: noCookie,
      },
      {
        clients: programs,
        route,
        outcome: 'not signed in',
        sent: { json: dish },
        expected: [401, problem, /"detail":"Sign in and try again\."/],
        also: noCookie,
      },
      {
        clients: pages,
        route,
        outcome: 'not signed in',
        sent: { json: dish },
        expected: [303, undefined, /\/login/],
        also: (answer) => assert.match(locationOf(answer), /^\/login/),
      },
      {
        clients: programs,
        route,
        outcome: 'bad field',
        signedIn: true,
        sent: { json: { servings: 'x' } },
        expected: [422, problem, /"errors":\{"title":"Enter a title\.","servings":"Enter a number\."\}/],
      },
      {
        clients: everyone,
        route,
        outcome: 'a form instead of JSON',
        signedIn: true,
        sent: { form: 'title=Soup' },
        expected: [415, undefined, /Send JSON/],
      },
    ]
  }),
  {
    clients: programs,
    route: `GET ${privatePage}`,
    outcome: 'not signed in',
    expected: [401, problem, /"title":"Not signed in","status":401/],
    also: noCookie,
  },
  {
    clients: pages,
    route: `GET ${privatePage}`,
    outcome: 'not signed in',
    expected: [303, undefined, /\/login/],
  },
  {
    clients: programs,
    route: 'POST /login',
    outcome: 'bad field',
    sent: { form: { email: 'x', password: '' } },
    expected: [
      422,
      problem,
      /"errors":\{"email":"Enter an email address[^"]*","password":"Enter your password\."\}/,
    ],
  },
  {
    clients: pages,
    route: 'POST /login',
    outcome: 'bad field',
    sent: { form: { email: 'x', password: '' } },
    expected: [422, html, /id="email-error"/],
  },
  {
    clients: programs,
    route: 'POST /login',
    outcome: 'wrong password',
    sent: { form: { email: 'a@example.com', password: 'wrong' } },
    expected: [401, problem, /"detail":"Incorrect email address or password\."/],
  },
  {
    clients: programs,
    route: 'POST /login',
    outcome: 'JSON instead of a form',
    sent: { json: {} },
    expected: [415, problem, /accepts only forms/],
  },
  {
    clients: programs,
    route: 'POST /api/rarely',
    outcome: 'too many',
    before: tryTwice,
    expected: [429, problem, /"detail":"Too many attempts\. Wait a minute/],
    also: waits,
  },
  {
    clients: pages,
    route: 'POST /api/rarely',
    outcome: 'too many',
    before: tryTwice,
    expected: [429, html, /Too many attempts/],
    also: waits,
  },
  {
    clients: programs,
    route: 'GET /nowhere',
    outcome: 'not found',
    expected: [404, problem, /"status":404/],
  },
  {
    clients: programs,
    route: 'GET /broken',
    outcome: 'fault',
    expected: [500, problem, /"reference":"[\w-]{36}"/],
    also: saysNothing,
  },
  {
    clients: pages,
    route: 'GET /broken',
    outcome: 'fault',
    expected: [500, html, /Something went wrong/],
    also: saysNothing,
  },
  ...[programs, pages].map(
    (clients): Row => ({
      clients,
      route: 'GET /api/me',
      outcome: 'database away',
      signedIn: true,
      before: () => database.cut(),
      after: () => database.heal(),
      expected: [503, clients === programs ? problem : html, /can('|&#39;)t reach our database/],
      also: waits,
    }),
  ),
]

for (const { clients: some, route, outcome, signedIn, sent, before, after, expected, also } of rows)
  for (const client of some)
    test(`${route}, ${outcome}, for ${client}: ${expected[0]} ${expected[1] ?? ''}`, async () => {
      const visitor = app.visitor()
      if (signedIn) await visitor.register()
      await before?.(visitor, client)
      const [method = '', path = ''] = route.split(' ')
      const headers = { ...clients[client], ...sent?.headers }
      const answer = await visitor.request(method, path, { ...sent, headers })
      after?.()
      const [status, type, body] = expected
      assert.equal(answer.status, status, answer.text)
      if (type) assert.equal(answer.headers['content-type'], type)
      assert.match(answer.text, body)
      also?.(answer)
    })

test('prototype keys in JSON are refused at any depth, and Object.prototype stays clean (ASVS 15.3.6)', async () => {
  const visitor = app.visitor()
  await visitor.register()
  for (const body of [
    '{"__proto__":{"admin":true},"title":"x"}',
    '{"title":"x","constructor":1}',
    '{"title":"x","more":{"constructor":{"prototype":{"admin":true}}}}',
    '{"title":"x","more":[{"__proto__":{"admin":true}}]}',
    '{"title":',
  ]) {
    const sent = { form: body, headers: clients.fetch }
    const answer = await visitor.request('PUT', '/api/dish', sent).type('json')
    assert.deepEqual([answer.status, answer.headers['content-type']], [400, problem], body)
  }
  assert.equal(Reflect.get({}, 'admin'), undefined)
})

test("a rule without its own message says what to do, and not in yup's words", async () => {
  for (const [json, errors] of [
    [{ servings: 0 }, { title: 'Fill this in.', servings: 'Enter 1 or more.' }],
    [
      { title: 'four', isPublic: 'perhaps' },
      { title: 'Use 3 characters or fewer.', isPublic: 'This value has the wrong type.' },
    ],
  ] as const) {
    const sent = { json, headers: clients.fetch }
    assert.deepEqual(JSON.parse((await app.visitor().request('PUT', '/api/rules', sent)).text).errors, errors)
  }
})

test('JSON has a size limit, and must not be compressed (ASVS 15.2.2)', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const large = { json: { title: 'x'.repeat(maxBodySize + 1) }, headers: clients.fetch }
  assert.equal((await visitor.request('PUT', '/api/dish', large)).status, 413)
  const packed = { json: dish, headers: { ...clients.fetch, 'Content-Encoding': 'gzip' } }
  assert.equal((await visitor.request('PUT', '/api/dish', packed)).status, 415)
})

async function tryTwice(visitor: Visitor): Promise<void> {
  for (const _ of [1, 2]) assert.equal((await visitor.request('POST', '/api/rarely')).status, 204)
}

function saysNothing({ text }: Answer): void {
  assert.doesNotMatch(text, /mongodb:|TypeError|\.ts/)
}
