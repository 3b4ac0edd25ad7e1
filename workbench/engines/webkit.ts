import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../support/development.ts'
import { cleanUp, until } from '../support/testing.ts'
import { type Engine, programOf, type Window } from './engine.ts'

const driverPath = programOf('WebKitWebDriver')
const browserPath = programOf(
  ...['x86_64', 'aarch64'].flatMap((cpu) =>
    ['4.1', '4.0', '6.0'].flatMap((version) => [
      `/usr/lib/${cpu}-linux-gnu/webkit2gtk-${version}/MiniBrowser`,
      `/usr/lib/${cpu}-linux-gnu/webkitgtk-${version}/MiniBrowser`,
    ]),
  ),
)
/** WebKitGTK has no headless mode. */
const screenPath = programOf('Xvfb')

/** WebKitGTK, through WebDriver: https://www.w3.org/TR/webdriver2/ */
export const webkit: Engine = {
  name: 'WebKitGTK',
  missing: driverPath && browserPath && screenPath ? undefined : 'apt-get install webkit2gtk-driver xvfb',
  async launch() {
    const port = await freePort()
    const screen = spawn(screenPath ?? '', ['-displayfd', '3', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    cleanUp(() => screen.kill())
    const failed = once(screen, 'exit').then(() => {
      throw new Error('Xvfb exited during startup')
    })
    const [display] = await Promise.race([once(screen.stdio[3] ?? screen, 'data'), failed])
    const env = { ...process.env, DISPLAY: `:${String(display).trim()}`, GDK_BACKEND: 'x11' }
    const driver = spawn(driverPath ?? '', [`--port=${port}`], { stdio: 'ignore', env })
    cleanUp(() => driver.kill())
    const ask = asking(`http://127.0.0.1:${port}`)
    await until('WebKitWebDriver answers', () => ask('GET', '/status').then(Boolean, () => false))
    const options = { binary: browserPath, args: ['--automation'] }
    const alwaysMatch = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }
    const { sessionId } = Object(await ask('POST', '/session', { capabilities: { alwaysMatch } }))
    return windowOf(
      (method, path, body) => ask(method, `/session/${sessionId}${path}`, body),
      [driver, screen],
    )
  },
}

type Ask = (method: string, path: string, body?: object) => Promise<unknown>

function windowOf(ask: Ask, processes: ChildProcess[]): Window {
  const element = async (value: string) => {
    const [id] = Object.values(Object(await ask('POST', '/element', { using: 'xpath', value })))
    return `/element/${id}`
  }
  return {
    open: async (url) => void (await ask('POST', '/url', { url })),
    async type(field, text) {
      const path = await element(field)
      await ask('POST', `${path}/clear`, {})
      await ask('POST', `${path}/value`, { text })
    },
    unfold: async (what) => void (await ask('POST', `${await element(what)}/click`, {})),
    click: async (what) => void (await ask('POST', `${await element(what)}/click`, {})),
    back: async () => void (await ask('POST', '/back', {})),
    address: async () => String(await ask('GET', '/url')),
    text: async () =>
      String(await ask('POST', '/execute/sync', { script: 'return document.body.innerText', args: [] })),
    async close() {
      await ask('DELETE', '')
      for (const one of processes) one.kill()
    },
  }
}

/** @throws with the driver's message */
function asking(address: string): Ask {
  return async (method, path, body) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(address + path, { method, headers, body: body ? JSON.stringify(body) : null })
    const { value } = Object(await answer.json())
    if (!answer.ok) throw new Error(`${method} ${path}: ${Object(value).message}`)
    return value
  }
}
