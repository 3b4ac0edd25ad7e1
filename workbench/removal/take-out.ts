/**
 * npm run take-out: removes the workbench from the project, with its CI jobs, its lines in other files, and its mentions in
 * documents. Commit everything else first, so that reverting one commit undoes it.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../support/project.ts'
import { withoutMentions } from './markdown.ts'

process.chdir(project)
if (git('status', '--porcelain') !== '') {
  console.error('Commit your changes first, so that the removal is a separate change.')
  process.exit(1)
}
const { stdout } = spawnSync('git', ['grep', '-lIi', 'workbench', '--', ':!workbench'], { encoding: 'utf8' })
for (const file of stdout.split('\n').filter(Boolean)) {
  if (file.includes('workbench')) rmSync(file)
  else writeFileSync(file, without(file, readFileSync(file, 'utf8')))
}
rmSync(join(project, 'workbench'), { recursive: true })
// Code on two lines may now fit on one.
spawnSync('npx', ['biome', 'format', '--write'], { stdio: 'ignore' })
console.log(
  `${git('diff', '--stat')}\nReview it with: git diff -- . ':!workbench'. Then: npm run check && npm test`,
)

function without(file: string, text: string): string {
  if (file.endsWith('.md')) return withoutMentions(text)
  return text
    .replaceAll(", 'workbench'", '') // in a list of folders
    .split('\n')
    .filter((line) => !/workbench/i.test(line))
    .join('\n')
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim()
}
