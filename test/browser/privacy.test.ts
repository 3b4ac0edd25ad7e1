import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { home, signInFirst } from '../support/home.ts'
import { openBrowser } from './support/browser.ts'
import { register, signIn } from './support/deeds.ts'
import { scene } from './support/story.ts'

const app = await startTestApp()
// With the back/forward cache, which Playwright turns off.
const browser = await openBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
const stage = { address: app.address, browser }

scene('Back after signing out shows nothing private', stage, async (arrive) => {
  const person = await arrive()
  const { name } = await register(person)
  await person.press('Sign out')
  await person.sees("You've signed out.")
  await person.page.goBack()
  await person.isAt(signInFirst)
  await person.doesNotSee(name)
})

scene('After Back a form can be sent again immediately', stage, async (arrive) => {
  const person = await arrive()
  const identity = await app.visitor().register()
  await signIn(person, { ...identity, password: 'seven blue bicycles' })
  await person.sees('Incorrect email address or password.')
  await person.page.goBack()
  await person.doesNotSee('Incorrect email address or password.')
  await person.type('Email address', identity.email)
  await person.type('Password', identity.password)
  await person.press('Sign in')
  await person.isAt(home)
})

scene('No page breaks the content security policy, and scripts store nothing', stage, async (arrive) => {
  const person = await arrive()
  // Each scene also asserts that no policy was violated, nothing failed to load and no error was logged.
  for (const path of ['/', '/login', '/register']) await person.open(path)
  await register(person)
  await person.open(home)
  const stored = await person.page.evaluate('[localStorage.length, sessionStorage.length]')
  assert.deepEqual(stored, [0, 0])
})

test('Another site cannot show the app in a frame', async () => {
  const other = createServer((_req, res) => {
    res.setHeader('Content-Type', 'text/html')
    res.end(`<!doctype html><iframe src="${app.address}/login"></iframe>`)
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  cleanUp(() => other.close())
  // A TCP server's address is an object, not a path.
  const { port } = other.address() as AddressInfo
  const page = await browser.newPage()
  const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
  await page.goto(`http://127.0.0.1:${port}`)
  await refused
  assert.equal(await page.frames()[1]?.getByRole('textbox').count(), 0)
  await page.close()
})
