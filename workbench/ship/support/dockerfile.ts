import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { project, readProjectFile } from '../../support/project.ts'

export interface Image {
  /** The contents of the image's working folder. */
  folder: string
  /** The start command and the health check. */
  command: string[]
  healthCheck: string[]
  env: Record<string, string>
}

const allowed: string[] = readProjectFile('.dockerignore').match(/(?<=^!).+/gm) ?? []

/**
 * Follows the Dockerfile without Docker: each stage is a folder, COPY copies, RUN runs. It uses this machine's Node and
 * system, so it tests the steps but not the base image.
 * @throws for an unknown instruction
 */
export function replayDockerfile(root: string): Image {
  const image: Image = { folder: '', command: [], healthCheck: [], env: {} }
  const stages = new Map<string, string>()
  for (const [instruction, rest] of instructions()) {
    if (instruction === 'FROM') {
      const [, from = '', name = 'final'] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
      image.folder = join(root, name)
      mkdirSync(image.folder)
      const base = stages.get(from)
      if (base) cpSync(base, image.folder, { recursive: true })
      stages.set(name, image.folder)
    } else if (instruction === 'RUN') {
      const command = rest.replace(/^(--\S+ )+/, '')
      execFileSync('sh', ['-c', command], { cwd: image.folder, stdio: ['ignore', 'ignore', 'inherit'] })
    } else if (instruction === 'COPY') {
      copy(rest.split(' '), image.folder, stages)
    } else if (instruction === 'CMD') {
      image.command = words(rest)
    } else if (instruction === 'HEALTHCHECK') {
      image.healthCheck = words(rest.replace(/^.* CMD /, ''))
    } else if (instruction === 'ENV') {
      const [name = '', value = ''] = rest.split('=')
      image.env[name] = value
    } else if (!['ARG', 'WORKDIR', 'LABEL', 'USER', 'EXPOSE'].includes(instruction)) {
      throw new Error(`Unknown instruction: ${instruction}`)
    }
  }
  return image
}

function instructions(): [instruction: string, rest: string][] {
  const text = readProjectFile('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\s*\\\n\s*/g, ' ')
  return [...text.matchAll(/^([A-Z]+) (.+)$/gm)].map(([, instruction = '', rest = '']) => [instruction, rest])
}

function copy(operands: string[], folder: string, stages: Map<string, string>): void {
  const stage = operands[0]?.startsWith('--from=') ? operands.shift()?.slice('--from='.length) : undefined
  const target = operands.pop() ?? ''
  for (const source of operands) {
    if (!stage && !allowed.includes(source)) throw new Error(`.dockerignore excludes ${source}`)
    const from = stage ? join(stages.get(stage) ?? '', source.replace('/app/', '')) : join(project, source)
    cpSync(from, join(folder, target === './' ? basename(source) : target), { recursive: true })
  }
}

/** The exec form, without a shell. */
function words(json: string): string[] {
  return JSON.parse(json)
}
