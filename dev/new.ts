import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { list, plan } from './new/plan.ts'

// npm run new -- NAME FIELD:TYPE…: writes a feature with one model, its pages and its tests.

try {
  const { folder, path, files } = plan(process.argv.slice(2))
  write(files)
  console.log(`See it:   npm run seed, npm run dev, then sign in and open ${path}
Test it:  npm run check && npm test -- test/${folder}/${folder}.test.ts
Keep it:  git add . && git commit; after that, npm run remove -- ${folder} removes it`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** Writes all files, formatted, or none. */
function write(files: Record<string, string>): void {
  const before = readFileSync(list)
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const biome = ['node_modules/@biomejs/biome/bin/biome', 'check', '--write']
    const written = Object.keys(files).filter((file) => file.endsWith('.ts'))
    const { status, stdout, stderr } = spawnSync(process.execPath, [...biome, ...written], {
      encoding: 'utf8',
    })
    if (status !== 0)
      throw new Error(`The generated files don't pass the linter, so they were removed:\n${stdout}${stderr}`)
  } catch (error) {
    for (const file of Object.keys(files).filter((file) => file !== list))
      rmSync(dirname(file), { recursive: true, force: true })
    writeFileSync(list, before)
    throw error
  }
}
