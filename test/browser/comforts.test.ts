import assert from 'node:assert/strict'
import { startTestApp } from '../support/app.ts'
import { openBrowser } from './support/browser.ts'
import { fillIn, signIn } from './support/deeds.ts'
import { scene } from './support/story.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }

scene('Clicking a button twice sends the form once', stage, async (arrive) => {
  const person = await arrive()
  const { email } = await app.visitor().register()
  let sent = 0
  await person.page.route('**/login', async (route) => {
    if (route.request().method() === 'POST') {
      sent += 1
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    await route.continue()
  })
  const busy: unknown[] = []
  await person.page.exposeFunction('note', (value: unknown) => busy.push(value))
  await person.open('/login')
  await person.page.evaluate("addEventListener('submit', ({ submitter }) => note(submitter.ariaBusy))")
  await fillIn(person, { email, password: 'not the right one' })
  await person.page.getByRole('main').getByRole('button', { name: 'Sign in' }).dblclick()
  await person.sees('Incorrect email address or password.')
  assert.equal(sent, 1)
  assert.equal(busy[0], 'true', 'the button shows that the answer is on its way')
})

scene(
  'Typing begins in the first field, or the first that is wrong, which the title says',
  stage,
  async (arrive) => {
    const person = await arrive()
    const begins = async () => [
      await person.page.evaluate('document.activeElement.name'),
      (await person.page.title()).startsWith('Error: '),
    ]
    await person.open('/login')
    assert.deepEqual(await begins(), ['email', false])
    await signIn(person, { email: 'ada@example.com', password: 'not the right one' })
    await person.sees('Incorrect email address or password.')
    assert.deepEqual(await begins(), ['password', true])
    await person.open('/register')
    assert.deepEqual(await begins(), ['name', false])
    await person.type('Your name', 'Ada')
    await person.press('Create account')
    await person.sees('Check these fields:')
    assert.deepEqual(await begins(), ['email', true])
  },
)

scene('A password can be shown and hidden, and is sent as a password', stage, async (arrive) => {
  const person = await arrive()
  await person.open('/login')
  const input = person.page.getByLabel('Password', { exact: true })
  assert.equal(await input.getAttribute('type'), 'password')
  await person.press('Show password')
  assert.equal(await input.getAttribute('type'), 'text')
  await person.press('Hide password')
  assert.equal(await input.getAttribute('type'), 'password')
})

scene('A new password field says when it is long enough', stage, async (arrive) => {
  const person = await arrive()
  await person.open('/register')
  await person.type('Password', 'elevenchars')
  await person.sees('Too short')
  await person.type('Password', 'twelve chars')
  await person.sees('Long enough')
})
