import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import ejs from 'ejs'
import { compiledViews, editedViews } from '../../src/views.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

test('a view includes others from its own folder on, which see its values and those given', () => {
  const { render } = viewsOf({
    'pages/one.ejs': `<%- include('../parts/two', { given: '<2>' }) %>, <%= typeof locals.given %>`,
    'parts/two.ejs': `<% const { given, ours } = locals -%>\n<%= given %> <%= ours %> <%- include('three.ejs') %>`,
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
  const { render } = viewsOf({ 'one.ejs': `<%= locals.delimiter %> <%= locals.client %>` })
  const options = { delimiter: '?', client: true, escape: 'x', outputFunctionName: 'x;throw 1', include: 'x' }
  const settings = { 'view options': options, views: ['/etc'] }
  assert.equal(render('one.ejs', { ...options, settings }), '? true')
})

test('a view with a mistake stops the start; one that is missing is an error of that page', () => {
  assert.throws(() => viewsOf({ 'one.ejs': '<% if ( %>' }), /one\.ejs/)
  const { render } = viewsOf({ 'two.ejs': `<%- include('nowhere') %>` })
  assert.throws(() => render('two.ejs'), /nowhere/)
})

test('a name that a view does not take is an error that says where, in development as elsewhere', () => {
  const { folder, render } = viewsOf({
    'one.ejs': `<% const { taken } = locals -%>\n<%- include('two') %>`,
    'two.ejs': `one line\n<%= taken %>`,
  })
  for (const engine of [render, rendererOf(folder, editedViews())])
    assert.throws(() => engine('one.ejs', { taken: 1 }), {
      name: 'ReferenceError',
      message: /two\.ejs:2\n[\s\S]*taken is not defined/,
    })
})

test('while views are edited, each page shows them as they are now', () => {
  const { folder } = viewsOf({ 'one.ejs': `<%- include('two') %>`, 'two.ejs': 'before' })
  const render = rendererOf(folder, editedViews())
  assert.equal(render('one.ejs'), 'before')
  writeFileSync(join(folder, 'two.ejs'), 'after')
  assert.equal(render('one.ejs'), 'after')
})

test('every view of ours takes what it uses, and nothing else', () => {
  const folder = newFolder()
  const scripts = ourViews().map(([file, code]) => {
    // Named as its view, so that what the compiler says tells which.
    const script = join(folder, `${file}.js`)
    mkdirSync(dirname(script), { recursive: true })
    writeFileSync(script, `export function view(locals, escapeFn, include) {\n${code}}\n`)
    return script
  })
  // Biome would take names that browsers know, such as "name" and "status", for declared.
  const options = '--allowJs --checkJs --noEmit --strict false --noUnusedLocals --lib es2023 --types node'
  const { status, stdout } = spawnSync(
    resolve('node_modules/.bin/tsc'),
    [...options.split(' '), '--typeRoots', resolve('node_modules/@types'), ...scripts],
    { cwd: folder, encoding: 'utf8' },
  )
  assert.equal(status, 0, stdout)
})

function viewsOf(files: Record<string, string>) {
  const folder = newFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { folder, render: rendererOf(folder, compiledViews(folder)) }
}

function rendererOf(folder: string, engine: ReturnType<typeof compiledViews>) {
  return (name: string, values: Record<string, unknown> = {}): string | undefined => {
    let answer: string | undefined
    engine(join(folder, name), values, (error, html) => {
      if (error) throw error
      answer = html
    })
    return answer
  }
}

/** Each with what EJS makes of it. */
function ourViews(): [file: string, code: string][] {
  const files = ['views', 'dev'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  return files
    .filter((file) => file.endsWith('.ejs'))
    .map((file) => {
      const template = new ejs.Template(readFileSync(file, 'utf8'), { strict: true, compileDebug: false })
      template.compile()
      return [file, template.source]
    })
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'views-'))
  folders.push(folder)
  return folder
}
