/** npm run fuzz -- --minutes 10 --seed 123: the test beside it, for as long as told; the seed is any number, left out a new one. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const { minutes, seed } = values
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${name} is a number: npm run fuzz -- --${name} 10`)
}
const { status } = spawnSync(process.execPath, ['--import', 'tsx', 'test/run.ts', 'test/fuzz/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ...(minutes && { FUZZ_MINUTES: minutes }), ...(seed && { FUZZ_SEED: seed }) },
})
process.exitCode = status ?? 1
