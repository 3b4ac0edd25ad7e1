import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanUp, newPerson, privatePage, startTestApp, until } from '../support/testing.ts'
import type { Engine, Window } from './engine.ts'
import { chromium, firefox } from './puppeteer.ts'
import { webkit } from './webkit.ts'

const app = await startTestApp()

for (const engine of [chromium, firefox, webkit])
  describe(engine.name, { skip: engine.missing && `not installed: ${engine.missing}` }, () => {
    test('A guest opens a private page, signs in, sees it, signs out, and Back shows nothing private', async () => {
      const person = await app.visitor().register()
      const window = await open(engine)
      await window.open(app.address + privatePage)
      await sees(window, 'Sign in to continue to the page you asked for.')
      await signIn(window, { ...person, password: 'not the password' })
      await sees(window, 'Incorrect email address or password.')
      await signIn(window, person)
      await sees(window, "You're signed in.")
      assert.equal(await window.address(), app.address + privatePage)
      await window.unfold('//header//summary')
      await window.click(button('Sign out'))
      await sees(window, "You've signed out.")
      await window.back()
      await until('the page asks to sign in', async () => (await window.address()).includes('/login'))
      assert.ok(!(await window.text()).includes(person.name))
    })

    test('An account at müller.de can be created and signed in to, however the browser sends the address', async () => {
      const email = `${engine.name}@Müller.de`
      const person = { ...newPerson(), email }
      const window = await open(engine)
      await window.open(`${app.address}/register`)
      await window.type(field('Your name'), person.name)
      await fillIn(window, person)
      await window.click(button('Create account'))
      await sees(window, 'Your account has been created.')
      await window.unfold('//header//summary')
      await window.click(button('Sign out'))
      await sees(window, "You've signed out.")
      await window.open(`${app.address}/login`)
      await signIn(window, person)
      await sees(window, "You're signed in.")
      const stored = `${engine.name.toLowerCase()}@xn--mller-kva.de`
      assert.equal(await app.users.countDocuments({ email: stored }), 1)
    })

    if (engine.name === 'Firefox')
      test('A browser that blocks all cookies gets a message', async () => {
        const person = await app.visitor().register()
        const window = await open(engine, { keepsCookies: false })
        await window.open(`${app.address}/login`)
        await signIn(window, person)
        await sees(window, "your browser didn't keep our cookie")
      })
  })

async function open(...[engine, options]: [Engine, { keepsCookies: boolean }?]): Promise<Window> {
  await app.forgetTries()
  const window = await engine.launch(options)
  cleanUp(() => window.close())
  return window
}

async function signIn(window: Window, person: { email: string; password: string }): Promise<void> {
  await fillIn(window, person)
  await window.click(button('Sign in'))
}

async function fillIn(window: Window, person: { email: string; password: string }): Promise<void> {
  await window.type(field('Email address'), person.email)
  await window.type(field('Password'), person.password)
}

async function sees(window: Window, text: string): Promise<void> {
  // Between two pages, there may be no document.
  await until(text, async () => (await window.text().catch(() => '')).includes(text))
}

function field(label: string): string {
  return `//input[@id=//label[normalize-space()='${label}']/@for]`
}

/** The last match, because the page's own comes after the header's. */
function button(name: string): string {
  return `(//button[normalize-space()='${name}'])[last()]`
}
