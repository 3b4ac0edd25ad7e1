import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from 'express'
import { freePort } from '../../dev/free-port.ts'
import { ConfigError } from '../../src/errors.ts'
import { metrics } from '../../src/features/metrics/index.ts'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { until } from '../support/server-process.ts'

const teams = Router()
teams.get('/', (_req, res) => void res.send('Teams'))
teams.get('/:id', () => {
  throw new Error('a team that cannot be shown')
})

const port = await freePort()
const app = await startTestApp(
  { METRICS_PORT: String(port) },
  { features: [metrics], more: [Router().use('/teams', teams)] },
)

test('metrics count requests by route, sign-ins and session store calls, on a separate port', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await visitor.get(privatePage)
  await visitor.get('/nowhere/at-all')
  await visitor.submit('/logout')
  await visitor.logIn({ ...person, password: 'not the password' })
  await visitor.logIn(person)
  assert.equal((await visitor.get('/metrics')).status, 404)

  const expected = [
    'http_request_duration_seconds_count{method="POST",route="/register",status="303"} 1',
    `http_request_duration_seconds_count{method="GET",route="${privatePage}",status="200"} 1`,
    'http_request_duration_seconds_count{method="GET",route="none",status="404"} 2',
    'http_request_duration_seconds_count{method="POST",route="/login",status="401"} 1',
    'http_request_duration_seconds_bucket{le="+Inf",method="POST",route="/login",status="303"} 1',
    'sign_ins_total{result="accepted",by="registration"} 1',
    'sign_ins_total{result="accepted",by="password"} 1',
    'sign_ins_total{result="refused",by="password"} 1',
    // Of the sign-out, and of the guest's session whose message was shown, at the next sign-in.
    'session_store_duration_seconds_count{call="destroy",ok="true"} 2',
    'mongodb_pool_in_use 0',
    'mongodb_pool_waiting 0',
    'mongodb_pool_size_max 100',
  ]
  // The last command may come back after the response.
  await until('no connection is in use', async () => (await exposed()).includes('mongodb_pool_in_use 0'))
  const lines = await exposed()
  for (const line of expected) assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`)
  for (const name of ['process_cpu_user_seconds_total ', 'nodejs_eventloop_lag_seconds '])
    assert.ok(
      lines.some((line) => line.startsWith(name)),
      name,
    )
  for (const text of [person.email, person.name, '/nowhere']) assert.ok(!lines.join('\n').includes(text))
})

test('a route keeps its label when it fails', async () => {
  const visitor = app.visitor()
  await visitor.get('/teams')
  await visitor.get('/teams/7')
  const lines = await exposed()
  for (const labels of ['route="/teams",status="200"', 'route="/teams/:id",status="500"'])
    assert.ok(lines.includes(`http_request_duration_seconds_count{method="GET",${labels}} 1`), labels)
})

test("only /metrics is served there, in Prometheus' format", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404)
})

test('an invalid METRICS_PORT is refused with one line that says what to enter', () => {
  assert.throws(
    () => metrics.settings?.({ METRICS_PORT: '0' }),
    (error) =>
      error instanceof ConfigError &&
      error.message === 'METRICS_PORT must be a number from 1 to 65535, for example METRICS_PORT=9464',
  )
})

async function exposed(): Promise<string[]> {
  return (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
}
