import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import supertest from 'supertest'
import { createExpressServer } from '../../src/express-server.ts'

test('requests and responses have the prototypes that Express gives them before it does', async () => {
  const app = express()
  app.get('/', (req, res) => res.json({ address: req.ip !== undefined, found: req.app === app }))
  const server = createExpressServer(app)
  const seen: boolean[] = []
  server.prependListener('request', (req, res) => {
    seen.push(Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response)
  })
  const answer = await supertest(server).get('/')
  assert.deepEqual(seen, [true, true])
  assert.deepEqual(answer.body, { address: true, found: true })
})
