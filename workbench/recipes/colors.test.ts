import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromiumOrExit } from '../support/development.ts'
import { project, readProjectFile } from '../support/project.ts'
import { copyProject, mustRun, runIn } from '../support/project-copy.ts'
import { follow, recipe } from './follow.ts'

chromiumOrExit()
const copy = copyProject()
symlinkSync(join(project, 'workbench/node_modules'), join(copy, 'workbench/node_modules'))
appendFileSync(join(copy, '.git/info/exclude'), 'workbench/node_modules\n')
follow(recipe('Change the look'), copy)

test('other colors take at most 20 lines of one file, and everything stays visible', () => {
  const changes = mustRun(copy, 'git', 'diff', '--numstat').trim()
  const [, added, removed] = /^(\d+)\t(\d+)\tpublic\/theme\.css$/.exec(changes) ?? []
  assert.ok(Number(added) <= 20 && Number(removed) <= 20, changes)
  mustRun(copy, 'npm', 'test', '--', 'test/core/theme.test.ts')
})

test('after deleting the drawings and redrawing the pictures, no old color is left', () => {
  rmSync(join(copy, 'public/drawings.css'))
  mustRun(copy, 'npm', '--prefix', 'workbench', 'run', 'icons')
  const pictures = ['apple-touch-icon.png', 'favicon.ico', 'icon.svg', 'social.png']
  const redrawn = mustRun(
    copy,
    'git',
    'diff',
    '--name-only',
    '--',
    ...pictures.map((name) => `public/${name}`),
  )
  assert.deepEqual(
    redrawn.trim().split('\n'),
    pictures.map((name) => `public/${name}`),
  )
  const kept = readFileSync(join(copy, 'public/theme.css'), 'utf8')
  const old = hexIn(readProjectFile('public/theme.css')).filter((color) => !kept.includes(color))
  assert.ok(old.length > 20)
  const patterns = old.flatMap((color) => ['-e', color])
  assert.equal(runIn(copy, 'git', 'grep', '-li', ...patterns, '--', 'public', 'views', 'src').stdout, '')
  mustRun(copy, 'npm', 'test', '--', 'test/core/pages.test.ts', 'test/core/theme.test.ts')
})

function hexIn(css: string): string[] {
  return [...new Set(css.match(/#[\da-f]{6}\b/gi))]
}
