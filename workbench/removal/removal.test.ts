import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyProject, mustRun, runIn } from '../support/project-copy.ts'
import { withoutMentions } from './markdown.ts'

test('without the folder workbench/ the project passes its checks and tests', () => {
  const copy = copyProject()
  rmSync(join(copy, 'workbench'), { recursive: true })
  mustRun(copy, 'npm', 'run', 'check')
  mustRun(copy, 'npm', 'test')
})

test('after npm run take-out nothing in the project mentions the workbench, and it passes its checks and tests', () => {
  const copy = copyProject()
  mustRun(copy, 'npm', '--prefix', 'workbench', 'run', 'take-out')
  const { stdout } = runIn(copy, 'git', 'grep', '-i', '--untracked', 'workbench')
  assert.equal(stdout, '')
  mustRun(copy, 'npm', 'run', 'check')
  mustRun(copy, 'npm', 'test')
})

test('a document loses only the cells, list items, sentences and sections about the workbench', () => {
  assert.equal(
    withoutMentions(`# A

One sentence. The workbench has
another; a third. A fourth (1.0).

| a | b |
|---|---|
| stays | here |
| stays | \`npm --prefix workbench run bench\` |
| the workbench | goes |

- stays
- goes, see workbench/README.md
  and its second line

    src/         stays
    workbench/   goes

## The workbench

Goes.

## B

Only the workbench.

Stays.
`),
    `# A

One sentence. A fourth (1.0).

| a | b |
|---|---|
| stays | here |
| stays | |

- stays

    src/         stays

## B

Stays.
`,
  )
})
