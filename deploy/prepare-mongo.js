// mongosh runs this at every start. Each step is skipped once it is done, so the next start completes an interrupted one.
const { readFileSync } = require('node:fs')
const secret = (name) => readFileSync(`/run/secrets/${name}`, 'utf8')

const url = secret('database-url')
const hosts = /@([^/]+)/.exec(url)[1].split(',')
const isReplicaSet = hosts.length > 1
const rootPassword = secret('root-password')

const here = retry(() => connect('mongodb://127.0.0.1/admin?directConnection=true'))
const hasRoot = canSignIn(here, 'root', rootPassword)
if (isReplicaSet) initiate()
if (!hasRoot) createRoot()

const root = `mongodb://root:${encodeURIComponent(rootPassword)}@`
const admin = isReplicaSet
  ? retry(() => connect(`${root}${hosts.join()}/admin?replicaSet=rs0&serverSelectionTimeoutMS=5000`))
  : here
retry(createAppUser)
if (isReplicaSet) retry(makeAllElectable)
connect(url)

// MongoDB must be up, other members reachable, and a primary elected: each takes a while, so a step is retried for a minute.
function retry(step) {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      return step()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    sleep(250)
  }
}

function canSignIn(database, user, password) {
  try {
    database.auth(user, password)
    return true
  } catch (error) {
    if (error.codeName !== 'AuthenticationFailed') throw error
    return false
  }
}

// At first only this member can become primary, because the first user can be created only here.
function initiate() {
  const members = hosts.map((host, _id) => ({ _id, host, priority: _id === 0 ? 1 : 0 }))
  retry(() => {
    try {
      here.adminCommand({ replSetInitiate: { _id: 'rs0', members } })
    } catch (error) {
      // Without root, an older set says "Unauthorized"; createRoot then explains why.
      if (!['AlreadyInitialized', 'Unauthorized'].includes(error.codeName)) throw error
    }
  })
}

function createRoot() {
  retry(() => {
    try {
      here.createUser({ user: 'root', pwd: rootPassword, roles: ['root'] })
    } catch (error) {
      if (error.codeName !== 'Unauthorized') throw error
      print('The passwords in the volume "secrets" do not match the database in the volume "data".')
      print(
        'Restore "secrets" from a backup, or delete both to start with an empty database: docker compose down --volumes',
      )
      quit(1)
    }
  })
  here.auth('root', rootPassword)
}

function createAppUser() {
  const app = admin.getSiblingDB('app')
  const user = { pwd: secret('database-password'), roles: ['readWrite'] }
  if (app.getUser('app')) app.updateUser('app', user)
  else app.createUser({ user: 'app', ...user })
}

function makeAllElectable() {
  const { config } = admin.adminCommand({ replSetGetConfig: 1 })
  if (config.members.every(({ priority }) => priority > 0)) return
  const members = config.members.map((member) => ({ ...member, priority: 1 }))
  admin.adminCommand({ replSetReconfig: { ...config, members, version: config.version + 1 } })
}
