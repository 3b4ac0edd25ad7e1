import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLink, startMailApp } from '../support/mail-app.ts'

const app = await startMailApp()

test('every field has a label and tells the browser what belongs into it', async () => {
  const member = app.visitor()
  const { email } = await member.register()
  await app.smtp.next(email)
  await member.submit('/forgot-password', { email })
  const pages: Record<string, string> = {
    '/reset-password': (await openLink(app, member, email)).page.text,
    '/forgot-password': (await member.get('/forgot-password')).text,
  }
  for (const path of ['/account/name', '/account/email', '/account/password', '/account/delete']) {
    pages[path] = (await member.get(path)).text
  }
  const completions = Object.entries(pages).map(([path, text]) => {
    const inputs = [...text.matchAll(/<input\b[^>]*>/g)].map(([input]) => input)
    for (const input of inputs.filter((input) => !/\shidden\b/.test(input))) {
      const [, id] = /\sid="([^"]+)"/.exec(input) ?? []
      assert.ok(text.includes(`<label for="${id}">`), `${path}: ${input}`)
      assert.match(input, /\srequired\b/, path)
    }
    return [path, inputs.map((input) => /autocomplete="([^"]+)"/.exec(input)?.[1])]
  })
  assert.deepEqual(Object.fromEntries(completions), {
    '/account/name': ['name'],
    '/account/email': ['email', 'current-password'],
    '/account/password': ['username', 'current-password', 'new-password'],
    '/account/delete': ['username', 'current-password'],
    '/forgot-password': ['username'],
    '/reset-password': ['username', 'new-password'],
  })
})
