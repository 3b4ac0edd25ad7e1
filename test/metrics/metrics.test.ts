import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../../dev/free-port.ts'
import { privatePage } from '../support/home.ts'
import { sharedDatabaseUrl, startServerProcess } from '../support/server-process.ts'
import { newPerson, Visitor } from '../support/visitor.ts'

test('metrics tell what happened, by routes and not by addresses, on a port of their own', async () => {
  const port = await freePort()
  const env = { METRICS_PORT: String(port) }
  const server = await startServerProcess({ databaseUrl: sharedDatabaseUrl(), env })
  const visitor = new Visitor(server.address)
  const person = await visitor.register(newPerson())
  await visitor.get(privatePage)
  await visitor.get('/nowhere/at-all')
  await visitor.submit('/logout')
  await visitor.logIn({ ...person, password: 'not the password' })
  await visitor.logIn(person)

  assert.equal((await visitor.get('/metrics')).status, 404)
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const lines = (await answer.text()).split('\n')
  for (const line of [
    'http_requests_total{method="POST",route="/register",status="303"} 1',
    `http_requests_total{method="GET",route="${privatePage}",status="200"} 1`,
    'http_requests_total{method="GET",route="none",status="404"} 2',
    'http_request_duration_seconds_bucket{method="POST",route="/login",le="+Inf"} 2',
    'http_request_duration_seconds_count{method="POST",route="/login"} 2',
    'sign_ins_total{result="accepted"} 1',
    'sign_ins_total{result="refused"} 1',
    'mongodb_pool_in_use 0',
    'mongodb_pool_waiting 0',
    'mongodb_pool_size_max 100',
  ]) {
    assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`)
  }
  for (const name of [
    'session_store_duration_seconds_count{call="get"}',
    'nodejs_eventloop_delay_seconds{',
  ]) {
    assert.ok(
      lines.some((line) => line.startsWith(name)),
      name,
    )
  }
  for (const line of lines.filter(Boolean)) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? [\d.e+-]+)$/)
  }
})
