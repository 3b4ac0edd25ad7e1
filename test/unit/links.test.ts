import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const documents = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
)
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts

for (const file of documents) {
  const text = readFileSync(file, 'utf8')
  const prose = text.replace(/^```.*?^```$/gms, '')

  test(`${file} links to files and headings that exist`, () => {
    const links = all(prose, /\]\((?!https?:)([^)]+)\)/g)
    const dead = links.filter((link) => {
      if (link.includes('workbench/')) return false // can be deleted as a folder; tests of its own follow these
      const [path = '', heading] = link.split('#')
      const target = path ? join(dirname(file), path) : file
      return !existsSync(target) || (heading !== undefined && !headings(target).includes(heading))
    })
    assert.deepEqual(dead, [])
  })

  test(`${file} names files of this project and scripts that exist`, () => {
    const paths = all(prose, /`((?:src|test|dev|bench|views|public|deploy)\/[\w./-]+)`/g)
    const made = file === join('docs', 'recipes.md') ? all(text, /^`?.*`([\w./-]+)`:\n\n```/gm) : []
    assert.deepEqual(
      paths.filter((path) => !existsSync(path) && !made.includes(path)),
      [],
    )
    const named = all(text, /npm run ([\w:-]+)/g)
    assert.deepEqual(
      named.filter((name) => !(name in scripts)),
      [],
    )
  })
}

/** As GitHub makes them of the headings. */
function headings(file: string): string[] {
  return all(readFileSync(file, 'utf8'), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}
