import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { project } from './project.ts'
import { cleanUp } from './testing.ts'

/** A copy of the project's Git files in a new folder and repository, removed after the file's tests. */
export function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'project-copy-'))
  cleanUp(() => rmSync(copy, { recursive: true, force: true }))
  const files = mustRun(project, 'git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  for (const file of files.split('\0').filter((name) => name && existsSync(join(project, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(project, file), join(copy, file))
  }
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  mustRun(copy, 'git', 'init', '--quiet')
  // .gitignore matches a folder of that name, but this is a link.
  appendFileSync(join(copy, '.git/info/exclude'), 'node_modules\n')
  commitAll(copy)
  return copy
}

export function commitAll(copy: string): void {
  mustRun(copy, 'git', 'add', '--all')
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgSign=false']
  mustRun(copy, 'git', ...author, 'commit', '--quiet', '--message', 'Test')
}

export function runIn(folder: string, command: string, ...args: string[]): SpawnSyncReturns<string> {
  // With NODE_TEST_CONTEXT, node:test in the copy would act as a file of this run and print nothing. npm's variables point
  // to the workbench's folder.
  const env = Object.entries(process.env).filter(([name]) => !/^(NODE_TEST_CONTEXT|npm_.*)$/.test(name))
  return spawnSync(command, args, {
    cwd: folder,
    env: Object.fromEntries(env),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
}

/** @returns its standard output @throws with its output if it fails */
export function mustRun(folder: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = runIn(folder, command, ...args)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}
