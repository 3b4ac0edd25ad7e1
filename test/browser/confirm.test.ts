import assert from 'node:assert/strict'
import { Router } from 'express'
import { object, string } from 'yup'
import { confirmedOnly } from '../../src/auth/confirm.ts'
import { signedInOnly } from '../../src/auth/passport.ts'
import type { Feature } from '../../src/feature.ts'
import { parseForm } from '../../src/web/forms.ts'
import { startTestApp } from '../support/app.ts'
import { forgetConfirmation } from '../support/member.ts'
import { openBrowser } from './support/browser.ts'
import { register } from './support/deeds.ts'
import { story } from './support/story.ts'

const received: object[] = []
const shape = object({ to: string(), note: string() })
const page = `<!doctype html><html lang="en"><title>Transfer</title>
  <link rel="stylesheet" href="/assets/any/theme.css"><link rel="stylesheet" href="/assets/any/app.css"><main><h1>Transfer</h1>
  <form method="post" action="/transfer">
    <label>Recipient <input name="to"></label>
    <label>Note <textarea name="note"></textarea></label>
    <button type="submit">Transfer</button>
  </form></main>`

/** A form behind "is it you?", which anyone who is signed in may see. */
const transfer: Feature = {
  name: 'transfer',
  install({ use }) {
    const router = Router()
    router.get('/transfer', signedInOnly, (_req, res) => void res.send(page))
    router.post('/transfer', signedInOnly, confirmedOnly, (req, res) => {
      received.push(parseForm(req.body, shape).values)
      res.send('<!doctype html><html lang="en"><title>Done</title><main><h1>Transferred</h1></main>')
    })
    use.open(router)
  },
}
const app = await startTestApp({}, { features: [transfer] })
const stage = { address: app.address, browser: await openBrowser() }

story('After "is it you?" the form is sent automatically with the entered values', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await forgetConfirmation(app, identity)
  await app.forgetTries()
  received.length = 0
  await person.open('/transfer')
  await person.type('Recipient', 'Zoë & "Max" <max@example.com>')
  await person.type('Note', 'Two words, 100 % + 1')
  await person.press('Transfer')
  await person.seesHeading("Confirm that it's you")
  await person.type('Your password', 'not the password')
  await person.press('Confirm')
  await person.sees('Incorrect password.')
  await person.type('Your password', identity.password)
  await person.press('Confirm')
  await person.seesHeading('Transferred')
  assert.deepEqual(received, [{ to: 'Zoë & "Max" <max@example.com>', note: 'Two words, 100 % + 1' }])
})
