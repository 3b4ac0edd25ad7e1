import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { compiledViews } from '../../src/views.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

test('a view includes others from its own folder on, which see its values and those given', () => {
  const { render } = viewsOf({
    'pages/one.ejs': `<%- include('../parts/two', { given: '<2>' }) %>, <%= typeof given %>`,
    'parts/two.ejs': `<%= given %> <%= ours %> <%- include('three.ejs') %>`,
    'parts/three.ejs': `<%= locals.given %>`,
  })
  assert.equal(render('pages/one.ejs', { ours: 1 }), '&lt;2&gt; 1 &lt;2&gt;, undefined')
})

test('rendering needs no file any more', () => {
  const { folder, render } = viewsOf({ 'one.ejs': `<%- include('two') %>`, 'two.ejs': 'two' })
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  assert.equal(render('one.ejs'), 'two')
})

test('values that have the names of EJS options are values and nothing more', () => {
  const { render } = viewsOf({ 'one.ejs': `<%= delimiter %> <%= locals.client %>` })
  const options = { delimiter: '?', client: true, escape: 'x', outputFunctionName: 'x;throw 1', include: 'x' }
  const settings = { 'view options': options, views: ['/etc'] }
  assert.equal(render('one.ejs', { ...options, settings }), '? true')
})

test('a view with a mistake stops the start; one that fails, or is missing, is an error of that page', () => {
  assert.throws(() => viewsOf({ 'one.ejs': '<% if ( %>' }), /one\.ejs/)
  const { render } = viewsOf({ 'one.ejs': `<%= missing %>`, 'two.ejs': `<%- include('nowhere') %>` })
  assert.throws(() => render('one.ejs'), /missing is not defined/)
  assert.throws(() => render('two.ejs'), /nowhere/)
})

function viewsOf(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'views-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const engine = compiledViews(folder)
  function render(name: string, values: Record<string, unknown> = {}): string | undefined {
    let answer: string | undefined
    engine(join(folder, name), values, (error, html) => {
      if (error) throw error
      answer = html
    })
    return answer
  }
  return { folder, render }
}
