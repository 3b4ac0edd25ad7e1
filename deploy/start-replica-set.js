// mongosh runs this at each start of compose.cluster.yml: it makes the replica set once, then waits for its primary.
const password = require('node:fs').readFileSync('/run/secrets/root-password', 'utf8')
const members = ['mongo:27017', 'mongo-2:27017', 'mongo-3:27017'].map((host, _id) => ({ _id, host }))
const root = `mongodb://root:${encodeURIComponent(password)}@`
const first = connect(`${root}mongo:27017/admin?directConnection=true`)

try {
  first.runCommand({ replSetGetStatus: 1 })
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error
  first.runCommand({ replSetInitiate: { _id: 'rs0', members } })
}
// Fails, and with it the start of the app, when no primary is there within half a minute.
const hosts = members.map(({ host }) => host).join()
connect(`${root}${hosts}/admin?replicaSet=rs0&serverSelectionTimeoutMS=30000`)
