import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'yaml'

interface Service {
  image?: string
  build?: string
  environment?: Record<string, unknown>
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: unknown
  restart?: string
  entrypoint?: string[]
  read_only?: boolean
  command?: string[]
  logging?: { options: Record<string, string> }
  deploy?: { replicas: string }
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks?: Record<string, { enable_ipv6: boolean }>
}

const files = {
  alone: read('docker-compose.yml'),
  cluster: read('compose.cluster.yml'),
}
/** Nobody waits for the one and the other ends by itself. */
const oneShot = ['secrets', 'replica-set']

for (const [name, { services, volumes }] of Object.entries(files)) {
  describe(`the compose file for the app ${name}`, () => {
    const all = Object.entries(services)

    test('pins every image to a release', () => {
      for (const [service, { image, build }] of all) {
        if (image) assert.match(image, /^[a-z]+:\d+\.\d+\.\d+$/, service)
        else assert.ok(build ?? files.alone.services[service], service)
      }
    })

    test('sets no variable of the app that .env.example does not explain', () => {
      const known = namesIn(text('.env.example'), /^# ([A-Z_]+)=/gm)
      const set = Object.keys(services.app?.environment ?? {})
      const interpolated = namesIn(text(fileOf(name)), /\$\{([A-Z_]+)/g)
      assert.deepEqual(
        [...set, ...interpolated].filter((variable) => !known.includes(variable)),
        [],
      )
    })

    test('publishes no database, and what it publishes without TLS to this machine alone', () => {
      for (const [service, { ports = [] }] of all) {
        if (service === 'caddy') continue
        for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, service)
      }
    })

    test('watches over the health of everything that stays, and starts it again', () => {
      const staying = all.filter(([service]) => !oneShot.includes(service))
      for (const [service, { healthcheck, restart, build, image }] of staying) {
        // The app's own stands in the Dockerfile; an override adds to what the first file says.
        const isAdded = service in files.alone.services && !image && !build
        if (!isAdded) assert.ok(healthcheck ?? build, `${service} has no health check`)
        if (!isAdded) assert.equal(restart, 'unless-stopped', service)
      }
      for (const service of oneShot) assert.equal(services[service]?.restart, undefined)
    })

    test('lets no log grow without an end', () => {
      for (const [service, { logging, image, build }] of all) {
        if (image ?? build)
          assert.deepEqual(logging?.options, { 'max-size': '10m', 'max-file': '5' }, service)
      }
    })

    test('tells each MongoDB how much memory its cache may take', () => {
      for (const [service, { command }] of all) {
        if (!service.startsWith('mongo')) continue
        assert.match(
          command?.join(' ') ?? '',
          / --wiredTigerCacheSizeGB \$\{DATABASE_CACHE_GB:-0\.25\}$/,
          service,
        )
      }
    })

    test('starts each after what it needs is healthy or done', () => {
      for (const [service, { depends_on = {} }] of all) {
        for (const [needed, { condition }] of Object.entries(depends_on)) {
          const expected = oneShot.includes(needed) ? 'service_completed_successfully' : 'service_healthy'
          assert.equal(condition, expected, `${service} after ${needed}`)
        }
      }
    })

    test('declares every volume, and mounts only files that are there', () => {
      for (const mount of all.flatMap(([, { volumes: mounts = [] }]) => mounts)) {
        const [source = ''] = mount.split(':')
        if (source.startsWith('./')) assert.ok(existsSync(urlOf(source)), source)
        else assert.ok(source in { ...files.alone.volumes, ...volumes }, source)
      }
    })
  })
}

test('no compose file holds a password or a key', () => {
  for (const file of ['docker-compose.yml', 'compose.cluster.yml']) {
    assert.doesNotMatch(text(file), /(PASSWORD|SECRET_KEY|DATABASE_URL): /, file)
  }
})

test('every setting of .env.example in .env reaches the app, but for those that the compose files make', () => {
  const made = [
    'NODE_ENV',
    'DATABASE_URL',
    'SECRET_KEY',
    'DATABASE_URL_FILE',
    'SECRET_KEY_FILE',
    'HOST',
    'PORT',
  ]
  const notTheApps = ['DATABASE_PORT', 'DATA_FOLDER', 'APP_PROCESSES', 'DATABASE_CACHE_GB']
  const settings = namesIn(text('.env.example'), /^# ([A-Z_]+)=/gm)
  const environment = files.alone.services.app?.environment ?? {}
  for (const name of settings.filter((name) => ![...made, ...notTheApps].includes(name)))
    assert.match(String(environment[name]), new RegExp(`^\\$\\{${name}:-`), name)
})

test('the app runs with a read-only file system', () => {
  assert.equal(files.alone.services.app?.read_only, true)
})

test('a cluster has three members of MongoDB, behind neither of whose ports anybody comes from outside', () => {
  const members = Object.keys({ ...files.alone.services, ...files.cluster.services }).filter((service) =>
    /^mongo/.test(service),
  )
  assert.deepEqual(members, ['mongo', 'mongo-2', 'mongo-3'])
  assert.deepEqual(files.cluster.services.mongo?.ports, [])
  assert.deepEqual(files.cluster.services.app?.ports, [])
})

test('a cluster has as many processes as APP_PROCESSES says, and knows visitors over IPv6', () => {
  assert.match(files.cluster.services.app?.deploy?.replicas ?? '', /^\$\{APP_PROCESSES:-3\}$/)
  assert.equal(files.cluster.networks?.default?.enable_ipv6, true)
})

function read(file: string): Compose {
  // Compose's own tag: what stands behind it replaces, instead of adding to, what the first file says.
  const reset = { tag: '!reset', collection: 'seq', resolve: (value: unknown) => value } as const
  return parse(text(file), { merge: true, customTags: [reset] })
}

function fileOf(name: string): string {
  return name === 'alone' ? 'docker-compose.yml' : 'compose.cluster.yml'
}

function text(file: string): string {
  return readFileSync(urlOf(file), 'utf8')
}

function urlOf(file: string): URL {
  return new URL(`../../${file}`, import.meta.url)
}

function namesIn(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].map(([, name = '']) => name)
}
