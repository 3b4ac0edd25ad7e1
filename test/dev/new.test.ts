import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'
import mongoose from 'mongoose'
import { plan } from '../../dev/new/plan.ts'
import { kebab } from '../../dev/new/words.ts'
import '../../src/auth/user.ts'
import '../../src/features.ts'
import { maxBodySize } from '../../src/web/forms.ts'
import { cleanUp } from '../support/clean-up.ts'
import { typescript } from '../support/typescript.ts'

const command = resolve('dev/new.ts')
const removal = resolve('dev/remove.ts')
const project = process.cwd()
/** The parts of a project that the command reads, without this project's features, whose names may clash with those below. */
const folder = mkdtempSync(join(tmpdir(), 'new-'))
cleanUp(() => rmSync(folder, { recursive: true, force: true }))
const ofCore = (path: string) => !path.startsWith(join('src', 'features', '/'))
cpSync('src', join(folder, 'src'), { recursive: true, filter: ofCore })
for (const path of [
  'views/auth',
  'views/partials',
  'biome.json',
  '.gitignore',
  'package.json',
  '.env.example',
])
  cpSync(path, join(folder, path), { recursive: true })
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
process.chdir(folder)
const list = readFileSync('src/features.ts', 'utf8')
  .replace(/^import .*features\/.*\n/gm, '')
  .replace(/= \[[^\]]*\]/, '= []')
writeFileSync('src/features.ts', list)

const before = filesIn(folder)
const recipe =
  'recipe title:string body:text servings:number public:boolean course:soup,main,dessert cookedOn:date'

describe('refused with one line that says what to enter:', () => {
  for (const [given, what, line] of [
    ['', 'Give a name and its fields', 'book title:string'],
    ['recipe --moon', 'Give a name and its fields', 'book title:string'],
    ['Recipe title:string', 'Write names like this: recipe', 'recipe title:string'],
    ['recipe_book title:string', 'Write names like this: recipe-book', 'recipe-book title:string'],
    ['../recipe title:string', 'Write names like this: recipe', 'recipe title:string'],
    ['recipes title:string', 'recipes looks like a plural', 'recipe title:string'],
    ['fish title:string', 'fish needs a different plural', 'fish --plural=fishes title:string'],
    ['class title:string', 'class is a reserved word', 'my-class title:string'],
    ['argument title:string', 'argument is a reserved word', 'my-argument title:string'],
    ['map title:string', 'map is a reserved word', 'my-map title:string'],
    ['request title:string', 'request is a reserved word', 'my-request title:string'],
    ['feature title:string', 'feature is a reserved word', 'my-feature title:string'],
    ['local title:string', 'local is a reserved word', 'my-local title:string'],
    ['page title:string', 'page is a reserved word', 'my-page title:string'],
    ['step title:string', 'step is a reserved word', 'my-step title:string'],
    ['hint title:string', 'hint is a reserved word', 'my-hint title:string'],
    ['name title:string', 'name is a reserved word', 'my-name title:string'],
    ['day title:string', 'day is a reserved word', 'my-day title:string'],
    ['description title:string', 'description is a reserved word', 'my-description title:string'],
    ['piece title:string --plural=parts', 'piece is a reserved word', 'my-piece title:string --plural=parts'],
    ['auth title:string', 'auth is already taken', 'my-auth title:string'],
    ['session title:string', 'session is already taken', 'my-session title:string'],
    ['recipe', 'At least one field must be a string: lists show each recipe by it', 'recipe title:string'],
    ['recipe servings:number', 'At least one field must be a string', 'recipe title:string servings:number'],
    ['recipe title', 'title needs a type: string, text,', 'recipe title:string'],
    ['recipe title:string body', 'body needs a type', 'recipe title:string body:string'],
    ['recipe title:varchar', 'title needs a type', 'recipe title:string'],
    ['recipe title:string course:soup', 'course needs a type', 'recipe title:string course:string'],
    ['recipe title:string a:b;c,d', 'a needs a type', 'recipe title:string a:string'],
    ['recipe Title:string', 'Write field names like this: title', 'recipe title:string'],
    [
      'recipe title:string cooked-on:date',
      'Write field names like this',
      'recipe title:string cookedOn:date',
    ],
    ['recipe title:string title:text', 'title appears twice', 'recipe title:string'],
    ['recipe title:string userId:text', 'userId is a reserved word', 'recipe title:string recipeUserId:text'],
    ['recipe title:string save:boolean', 'save is a reserved word', 'recipe title:string recipeSave:boolean'],
    ['recipe title:string password:text', 'Forms never show', 'recipe title:string recipeCode:text'],
  ] as const) {
    test(`npm run new -- ${given}`, () => {
      const { message } = refusalOf(given.split(' ').filter(Boolean))
      assert.ok(message.startsWith(what), message)
      assert.ok(message.includes(`npm run new -- ${line}`), message)
      assert.equal(message.split('\n').length, 1)
    })
  }
})

test('the names of all existing models are refused', (context) => {
  context.after(() => process.chdir(folder))
  process.chdir(project)
  assert.ok(mongoose.modelNames().includes('User'))
  for (const name of mongoose.modelNames()) refusalOf([kebab(name), 'title:string'])
})

test("PowerShell's handling of commas makes no difference", () => {
  const expected = plan(['dish', 'course:soup,main,dessert', 'title:string'])
  assert.deepEqual(plan(['dish', 'course:soup', 'main', 'dessert', 'title:string']), expected)
  assert.deepEqual(plan(['dish', 'course:soup main dessert', 'title:string']), expected)
})

test("a name of two words is written in each place's style", () => {
  const { files } = plan(['shopping-list', 'shopName:string', 'isDone:boolean'])
  const model = files['src/features/shopping-list/shopping-list.ts'] ?? ''
  assert.match(model, /export const ShoppingList = model\('ShoppingList', schema\)/)
  assert.match(model, /required\('Enter a shop name\.'\)/)
  assert.match(files['src/features/shopping-list/routes.ts'] ?? '', /const shoppingList = await findShop/)
  const view = files['views/shopping-list/list.ejs'] ?? ''
  assert.match(view, /<h1>Your shopping lists<\/h1>/)
  assert.match(view, /href="\/shopping-lists\/new"/)
})

test('a name gets the right article', () => {
  const given = 'album url:string unit:string user:string hour:string image:string upload:string notes:string'
  const { files } = plan(given.split(' '))
  const model = files['src/features/album/album.ts'] ?? ''
  const asked = [...model.matchAll(/'Enter (.*?)\.'/g)].map(([, what]) => what)
  assert.deepEqual(asked, ['a url', 'a unit', 'a user', 'an hour', 'an image', 'an upload', 'notes'])
  assert.match(files['test/album/album.test.ts'] ?? '', /test\('an album is created/)
})

test('all text fields of a model fit into one form, in any script', () => {
  for (const [count, limit] of [
    [1, '5_000'],
    [2, '2_500'],
    [3, '1_600'],
  ] as const) {
    const texts = Array.from({ length: count }, (_, index) => `text${index}:text`)
    const model = plan(['essay', 'title:string', ...texts]).files['src/features/essay/essay.ts'] ?? ''
    assert.equal(model.split(`atMost(${limit},`).length - 1, count)
    const form = {
      title: '字'.repeat(200),
      ...Object.fromEntries(texts.map((name) => [name, '字'.repeat(Number(limit.replace('_', '')))])),
    }
    assert.ok(String(new URLSearchParams(form)).length < maxBodySize)
  }
})

test('nothing is left behind after a refusal, even by the linter', () => {
  const { status, stdout, stderr } = runNew(['recipes', 'title:string'])
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^recipes looks like a plural\..*\n$/)
  assert.deepEqual(filesIn(folder), before)

  writeFileSync('biome.json', '{')
  assert.match(runNew(recipe.split(' ')).stderr, /so they were removed/)
  writeFileSync('biome.json', before.get('biome.json') ?? '')
  assert.deepEqual(filesIn(folder), before)
})

test('npm run new writes seven files and a line, and prints the next steps in three lines', () => {
  const { status, stdout, stderr } = runNew(recipe.split(' '))
  assert.equal(status, 0, stderr)
  assert.equal(stdout.trim().split('\n').length, 3)
  const after = filesIn(folder)
  assert.deepEqual(
    [...after.keys()].filter((path) => after.get(path) !== before.get(path)),
    [
      'src/features.ts',
      'src/features/recipe/index.ts',
      'src/features/recipe/recipe.ts',
      'src/features/recipe/routes.ts',
      'test/recipe/recipe.test.ts',
      'views/recipe/form.ejs',
      'views/recipe/list.ejs',
      'views/recipe/show.ejs',
    ],
  )
  const text = after.get('src/features.ts') ?? ''
  assert.match(text, /^import \{ recipes \} from '\.\/features\/recipe\/index\.ts'$/m)
  assert.match(text, /= \[recipes\]$/m)
  assert.match(refusalOf(['recipe', 'name:string']).message, /^recipe is already taken\./)
})

test("npm run remove removes it again, even where npm and npx can't be started by name", () => {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))
  const bin = join(folder, '.git/bin')
  const env = {
    ...Object.fromEntries(others),
    PATH: bin + delimiter + process.env.PATH,
    npm_execpath: 'npm-cli.js',
  }
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
    assert.equal(status, 0, stdout + stderr)
  }
  run('git', 'init', '--quiet')
  mkdirSync(bin)
  for (const name of ['npm', 'npx']) writeFileSync(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  run('git', 'add', '--all')
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgSign=false']
  run('git', ...author, 'commit', '--quiet', '--message', 'Test')
  run(process.execPath, ...typescript, removal, 'recipe')
  rmSync('.git', { recursive: true })
  assert.deepEqual(filesIn(folder), before)
})

function refusalOf(args: string[]): Error {
  try {
    plan(args)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error(`Not refused: ${args.join(' ')}`)
}

function runNew(args: readonly string[]) {
  return spawnSync(process.execPath, [...typescript, command, ...args], { encoding: 'utf8' })
}

/** Their texts, by their paths. */
function filesIn(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const files = entries.map(({ parentPath, name }) => join(parentPath, name))
  // Some versions of Node follow the link to it.
  const own = files.filter((file) => !relative(folder, file).startsWith('node_modules')).sort()
  return new Map(
    own.map((file) => [relative(folder, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')]),
  )
}
