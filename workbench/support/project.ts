import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with src/ and workbench/. */
export const project = fileURLToPath(new URL('../..', import.meta.url))

/** @param file relative to the project's folder, such as docs/deploy.md */
export function readProjectFile(file: string): string {
  return readFileSync(join(project, file), 'utf8')
}
