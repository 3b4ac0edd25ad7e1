// MongoDB's image runs this once, with an empty data folder: the app gets a user of its own, for its own database.
const pwd = require('node:fs').readFileSync('/run/secrets/database-password', 'utf8')
db.getSiblingDB('app').createUser({ user: 'app', pwd, roles: ['readWrite'] })
