/**
 * Takes the mail part out of this project, for an app that does without: npm run without-mail
 * Files of its own are deleted. Elsewhere its lines end in "// mail" (or # mail, or a comment of the language), or stand between
 * "begin mail" and "end mail". docs/decisions.md names them all. Commit before, look at the difference after.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ownFiles = [
  'src/mail',
  'src/mail-settings.ts',
  'src/middleware/mailed-link.ts',
  'src/middleware/verified.ts',
  'src/models/email-address.ts',
  'src/models/password-reset.ts',
  'src/models/token.ts',
  'src/routes/account-email.ts',
  'src/routes/password-reset.ts',
  'src/routes/verification.ts',
  'views/account/email.ejs',
  'views/mail',
  'views/partials/verify-email.ejs',
  'views/password-reset',
  'views/verification',
  'dev/check-without-mail.sh',
  'dev/mailbox.ejs',
  'dev/mailbox.ts',
  'dev/without-mail.ts',
  'bench/forgot-password.ts',
  'test/mail',
  'test/support/mail-app.ts',
  'test/support/smtp.ts',
  'test/browser/reset.test.ts',
  'test/browser/mail-pages.test.ts',
]
const inPackageJson = [
  'scripts.bench:forgot',
  'scripts.without-mail',
  'dependencies.nodemailer',
  'devDependencies.smtp-server',
]
const marked = [
  'src',
  'views',
  'dev',
  'test',
  'docs',
  '.ci',
  '.env.example',
  'README.md',
  'docker-compose.yml',
  'bench',
]

const line = /^.*(?:\/\/|#|<!--) mail(?: %>| -->)?[ \t]*\n/gm
const block = /^ *(?:\/\/|#|<!--) begin mail\b[\s\S]*?^ *(?:\/\/|#|<!--) end mail\b.*\n/gm

for (const path of ownFiles) rmSync(path, { recursive: true, force: true })
for (const file of marked.flatMap(filesIn)) {
  const before = readFileSync(file, 'utf8')
  const after = before.replace(block, '').replace(line, '')
  if (after !== before) writeFileSync(file, after)
}
run('npm', 'pkg', 'delete', ...inPackageJson)
// Imports that served the mail alone, then lines that became short enough to be one.
run('npx', 'biome', 'lint', '--write', '--unsafe', '--only=correctness/noUnusedImports')
run('npx', 'biome', 'check', '--write')
console.log('The mail part is gone. Now: npm install, then npm run check and npm test.')

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)))
}

function run(command: string, ...args: string[]): void {
  spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
