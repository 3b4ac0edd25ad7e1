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
  env_file?: { path: string; required: boolean }[]
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
/** Nothing waits for the one, and the other exits on its own. */
const oneShot = ['secrets', 'prepare-mongo']
/** Started only by name, and removed with its data. */
const byName = 'dev-mongo'

for (const [name, { services, volumes }] of Object.entries(files)) {
  describe(`the compose file for the app ${name}`, () => {
    const all = Object.entries(services)

    test('pins every image to a release', () => {
      for (const [service, { image, build }] of all) {
        // For the app, the commit built by deploy/update.sh.
        if (image && service !== 'app') assert.match(image, /^[a-z]+:\d+\.\d+\.\d+$/, service)
        else assert.ok(build ?? files.alone.services[service], service)
      }
    })

    test('sets only variables of the app that .env.example explains', () => {
      // The first is Compose's own.
      const known = ['COMPOSE_PROJECT_NAME', ...namesIn(text('.env.example'), /^# ([A-Z_]+)=/gm)]
      const set = Object.keys(services.app?.environment ?? {})
      const interpolated = namesIn(text(fileOf(name)), /\$\{([A-Z_]+)/g)
      assert.deepEqual(
        [...set, ...interpolated].filter((variable) => !known.includes(variable)),
        [],
      )
    })

    test('publishes no database, and publishes ports without TLS only to this machine', () => {
      for (const [service, { ports = [] }] of all) {
        if (service === 'caddy') continue
        for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, service)
      }
    })

    test('restarts every long-running service', () => {
      const staying = all.filter(([service]) => !oneShot.includes(service) && service !== byName)
      for (const [service, { restart }] of staying) {
        // An override adds to the first file.
        const isAdded = name === 'cluster' && service in files.alone.services
        if (!isAdded) assert.equal(restart, 'unless-stopped', service)
      }
      for (const service of oneShot) assert.equal(services[service]?.restart, undefined)
    })

    test('limits the size of every log', () => {
      for (const [service, { logging, image, build }] of all) {
        const isAdded = name === 'cluster' && service in files.alone.services
        if (!isAdded && (image ?? build))
          assert.deepEqual(logging?.options, { 'max-size': '10m', 'max-file': '5' }, service)
      }
    })

    test('limits the cache of each MongoDB', () => {
      for (const [service, { command }] of all) {
        if (!service.startsWith('mongo')) continue
        assert.match(
          command?.join(' ') ?? '',
          / --wiredTigerCacheSizeGB \$\{DATABASE_CACHE_GB:-0\.25\}$/,
          service,
        )
      }
    })

    test('starts each service after the services it needs are healthy or done', () => {
      for (const [service, { depends_on = {} }] of all) {
        for (const [needed, { condition }] of Object.entries(depends_on)) {
          // prepare-mongo checks MongoDB, and exits once the app's user can sign in.
          const isAsked = service === 'prepare-mongo' && needed.startsWith('mongo')
          const ends = oneShot.includes(needed) && 'service_completed_successfully'
          const expected = ends || (isAsked ? 'service_started' : 'service_healthy')
          assert.equal(condition, expected, `${service} after ${needed}`)
        }
      }
    })

    test('declares every volume, and mounts only files that exist', () => {
      for (const mount of all.flatMap(([, { volumes: mounts = [] }]) => mounts)) {
        const [source = ''] = mount.split(':')
        if (source.startsWith('./')) assert.ok(existsSync(urlOf(source)), source)
        else assert.ok(source in { ...files.alone.volumes, ...volumes }, source)
      }
    })
  })
}

test('no compose file contains a password or a key', () => {
  for (const file of ['docker-compose.yml', 'compose.cluster.yml']) {
    assert.doesNotMatch(text(file), /(PASSWORD|SECRET_KEY|DATABASE_URL): (?!'')/, file)
  }
})

test('all of .env reaches the app, except values set for the container', () => {
  const { env_file, environment = {} } = files.alone.services.app ?? {}
  assert.deepEqual(env_file, [{ path: '.env', required: false }])
  const { NODE_ENV, PORT, DATABASE_URL, SECRET_KEY } = environment
  assert.deepEqual([NODE_ENV, PORT, DATABASE_URL, SECRET_KEY], ['production', 3000, '', ''])
})

test('the app runs with a read-only file system', () => {
  assert.equal(files.alone.services.app?.read_only, true)
})

test('a cluster has three MongoDB members, none reachable from outside', () => {
  const members = Object.keys({ ...files.alone.services, ...files.cluster.services }).filter((service) =>
    /^mongo/.test(service),
  )
  assert.deepEqual(members, ['mongo', 'mongo-2', 'mongo-3'])
  for (const member of members) assert.equal(files.cluster.services[member]?.ports, undefined, member)
  assert.deepEqual(files.cluster.services.app?.ports, [])
})

test('a cluster has APP_PROCESSES processes, and sees the addresses of IPv6 visitors', () => {
  assert.match(files.cluster.services.app?.deploy?.replicas ?? '', /^\$\{APP_PROCESSES:-3\}$/)
  assert.equal(files.cluster.networks?.default?.enable_ipv6, true)
})

function read(file: string): Compose {
  // Compose's own tag: its value replaces the first file's, instead of adding to it.
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
