import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ejs from 'ejs'
import { safeError } from '../../src/safe-error.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('what a log line says of an error', () => {
  test('its kind, its message and its code', () => {
    const { type, message, code } = safeError(
      Object.assign(new TypeError('No such thing'), { code: 'ENOENT' }),
    )
    assert.deepEqual({ type, message, code }, { type: 'TypeError', message: 'No such thing', code: 'ENOENT' })
  })

  test('a code that is a number stays one', () => {
    assert.equal(safeError(Object.assign(new Error('duplicate'), { code: 11000 })).code, 11000)
  })

  test('something thrown that is no error is named as well', () => {
    assert.deepEqual(safeError('out of paper'), { type: 'string', message: 'out of paper' })
    assert.deepEqual(safeError(undefined), { type: 'undefined', message: 'undefined' })
  })

  test('a message without end is cut', () => {
    assert.equal(safeError(new Error('x'.repeat(10_000))).message.length, 500)
  })
})

describe('where an error came from', () => {
  test('is told by the lines of this project, relative to its folder', () => {
    function breakDown(): Error {
      return new Error('broken')
    }
    const [first] = safeError(breakDown()).at ?? []
    assert.match(first ?? '', /^breakDown \(test\/unit\/safe-error\.test\.ts:\d+:\d+\)$/)
  })

  test('does not list Node or packages', () => {
    const error = new Error('broken')
    error.stack = [
      'Error: broken',
      '    at node:internal/process/task_queues:95:5',
      `    at Layer.handle (${root}node_modules/express/lib/router.js:1:2)`,
      `    at logIn (file://${root}src/routes/auth.ts:31:20)`,
      `    at async ${root}src/app.ts:3:4`,
    ].join('\n')
    assert.deepEqual(safeError(error).at, ['logIn (src/routes/auth.ts:31:20)', 'async src/app.ts:3:4'])
  })

  test('is told in a folder whose name has a blank, where Node writes %20', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'my app '))
    after(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'src'))
    copyFileSync(join(root, 'src/safe-error.ts'), join(folder, 'src/safe-error.ts'))
    const there: { safeError: typeof safeError } = await import(
      pathToFileURL(join(folder, 'src/safe-error.ts')).href
    )
    const error = new Error('broken')
    error.stack = `Error: broken\n    at logIn (${pathToFileURL(join(folder, 'src/routes/auth.js')).href}:31:20)`
    assert.deepEqual(there.safeError(error).at, ['logIn (src/routes/auth.js:31:20)'])
  })
})

describe('what a log line keeps to itself', () => {
  test('where on the disk the project lies', () => {
    const said = JSON.stringify(safeError(new Error(`Failed to lookup view "x" in "${root}views"`)))
    assert.match(said, /Failed to lookup view/)
    assert.ok(!said.includes(root), said)
  })

  test('the source text of a page that could not be drawn', () => {
    const said = safeError(errorOf(() => render('<p>private source</p>\n<%= user.name %>')))
    assert.equal(said.message, "Cannot read properties of undefined (reading 'name')")
    assert.doesNotMatch(JSON.stringify(said), /private source/)
    assert.ok(!JSON.stringify(said).includes(root), JSON.stringify(said))
  })

  test('but not what is wrong with a page that cannot be compiled', () => {
    const { message } = safeError(errorOf(() => render('<p>private source</p>\n<% if ( %>')))
    assert.match(message, /Unexpected token .* in views\/page\.ejs while compiling ejs/)
    assert.doesNotMatch(message, /private source/)
  })

  for (const [what, url] of [
    ['user name and password', 'mongodb://ada:pass-of-ada@db.example:27017/app'],
    ['user name and password of Atlas', 'mongodb+srv://ada:pass-of-ada@cluster0.mongodb.net/app'],
    ['password with an @ that should have been %40', 'mongodb://ada:p@ss-of-ada@db.example/app'],
    ['password with a / that should have been %2F', 'mongodb://ada:p/ss-of-ada@db.example/app'],
  ] as const) {
    test(`the ${what} in the address of a database`, () => {
      const { message } = safeError(new Error(`Unable to connect to ${url} today`))
      assert.match(message, /^Unable to connect to mongodb/)
      assert.match(message, /(db\.example|mongodb\.net).* today$/)
      assert.doesNotMatch(message, /ada/)
    })
  }
})

function render(template: string): string {
  return ejs.render(template, { user: undefined }, { filename: join(root, 'views/page.ejs') })
}

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' })
}
