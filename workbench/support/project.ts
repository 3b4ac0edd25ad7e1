import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds src/ and workbench/. */
export const project = fileURLToPath(new URL('../..', import.meta.url))

/** @param file from the project's folder: docs/deploy.md */
export function readProjectFile(file: string): string {
  return readFileSync(join(project, file), 'utf8')
}
