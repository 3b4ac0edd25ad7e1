/**
 * npm run take-out: takes the workbench out of the project, with its jobs in CI, its lines in other files, and what documents
 * say of it. One commit undoes it, so everything else has to be committed first.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../support/project.ts'
import { withoutMentions } from './markdown.ts'

process.chdir(project)
if (git('status', '--porcelain') !== '') {
  console.error('Commit first: git status shows what. Then this is a change of its own.')
  process.exit(1)
}
const { stdout } = spawnSync('git', ['grep', '-lIi', 'workbench', '--', ':!workbench'], { encoding: 'utf8' })
for (const file of stdout.split('\n').filter(Boolean)) {
  if (file.includes('workbench')) rmSync(file)
  else writeFileSync(file, without(file, readFileSync(file, 'utf8')))
}
rmSync(join(project, 'workbench'), { recursive: true })
// What stood on two lines may fit on one now.
spawnSync('npx', ['biome', 'format', '--write'], { stdio: 'ignore' })
console.log(
  `${git('diff', '--stat')}\nRead it with: git diff -- . ':!workbench'. Then: npm run check && npm test`,
)

function without(file: string, text: string): string {
  if (file.endsWith('.md')) return withoutMentions(text)
  return text
    .replaceAll(", 'workbench'", '') // of a list of folders
    .split('\n')
    .filter((line) => !/workbench/i.test(line))
    .join('\n')
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim()
}
