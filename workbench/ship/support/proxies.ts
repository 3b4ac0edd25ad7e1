import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/development.ts'
import { readProjectFile } from '../../support/project.ts'
import { cleanUp, until } from '../../support/testing.ts'
import { ask } from './client.ts'

export interface FrontProxy {
  /** Its URLs. The first redirects to the second. */
  http: string
  https: string
  /** Does the work while the proxy sends no visitor to the process on this port. */
  without(port: number, work: () => Promise<void>): Promise<void>
}

interface Nginx extends FrontProxy {
  /** Its IPv6 URLs; undefined on a machine without IPv6. */
  ipv6: { http: string; https: string } | undefined
}

interface Places {
  folder: string
  httpPort: number
  httpsPort: number
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')

/**
 * nginx with the configuration in docs/deploy.md, except names, ports and certificates, and without the IPv6 lines if this
 * machine has no IPv6.
 */
export async function startNginx(program: string, appPorts: number[]): Promise<Nginx> {
  const places = await placesFor()
  const { folder, httpPort, httpsPort } = places
  makeCertificate(folder)
  const site = documented('nginx', appPorts)
    .replace(/^ *listen \[::\].*\n/gm, (line) => (hasIpv6 ? line : ''))
    .replaceAll('[::]:', '[::1]:')
    .replaceAll('listen 80;', 'listen 127.0.0.1:80;')
    .replaceAll('listen 443 ', 'listen 127.0.0.1:443 ')
    .replace(/^( *listen .*):80;/gm, `$1:${httpPort};`)
    .replace(/^( *listen .*):443 /gm, `$1:${httpsPort} `)
    .replaceAll('/etc/letsencrypt/live/localhost', folder)
  const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  )
  const main = `daemon off; pid ${folder}/pid; events {} http { access_log off; ${own.join(' ')}\n${site}\n}`
  const nginx = await run(places, program, main, (file) => ['-e', `${folder}/log`, '-p', folder, '-c', file])
  return {
    ...nginx,
    ipv6: hasIpv6 ? { http: `http://[::1]:${httpPort}`, https: `https://[::1]:${httpsPort}` } : undefined,
    // Like the script in docs/deploy.md, because nginx has no readiness checks.
    async without(port, work) {
      nginx.reload(main.replace(`127.0.0.1:${port} max_fails=0;`, `127.0.0.1:${port} down;`))
      await work()
      nginx.reload(main)
    },
  }
}

/** The same for Caddy, with a certificate from its own authority. */
export async function startCaddy(program: string, appPorts: number[]): Promise<FrontProxy> {
  const places = await placesFor()
  const { httpPort, httpsPort } = places
  const own = `http_port ${httpPort}\nhttps_port ${httpsPort}\nadmin off\nlocal_certs\nskip_install_trust\ndefault_bind 127.0.0.1`
  const main = `{\n${own}\n}\n${documented('caddy', appPorts)}`
  const caddy = await run(places, program, main, (file) => [
    'run',
    '--adapter',
    'caddyfile',
    '--config',
    file,
  ])
  // It checks every second.
  return { ...caddy, without: (_port, work) => work() }
}

function documented(language: string, appPorts: number[]): string {
  const text = readProjectFile('docs/deploy.md')
  const [, block = ''] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text) ?? []
  return block
    .replace(/127\.0\.0\.1:300(\d)/g, (_, index) => `127.0.0.1:${appPorts[Number(index)]}`)
    .replaceAll('app.example.com', 'localhost')
}

async function placesFor(): Promise<Places> {
  const folder = mkdtempSync(join(tmpdir(), 'test-proxy-'))
  cleanUp(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, httpPort: await freePort(), httpsPort: await freePort() }
}

function makeCertificate(folder: string): void {
  const files = ['-keyout', `${folder}/privkey.pem`, '-out', `${folder}/fullchain.pem`]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' })
}

async function run(
  { folder, httpPort, httpsPort }: Places,
  program: string,
  configuration: string,
  operands: (file: string) => string[],
): Promise<Omit<FrontProxy, 'without'> & { reload(configuration: string): void }> {
  const file = join(folder, 'configuration')
  writeFileSync(file, configuration)
  const env = { PATH: process.env.PATH, HOME: folder }
  const child = spawn(program, operands(file), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const output: string[] = []
  child.stderr.on('data', (text) => output.push(String(text)))
  const ended = new Promise((resolve) => child.on('exit', resolve))
  cleanUp(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const https = `https://localhost:${httpsPort}`
  await until('the proxy and the app behind it respond', async () => {
    if (child.exitCode !== null) throw new Error(output.join(''))
    return (await ask(`${https}/readyz`).catch(() => undefined))?.status === 200
  })
  const reload = (changed: string) => {
    writeFileSync(file, changed)
    child.kill('SIGHUP')
  }
  return { http: `http://localhost:${httpPort}`, https, reload }
}
