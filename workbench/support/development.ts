// All the workbench's imports from dev/.
export { chromiumOrExit } from '../../dev/chromium.ts'
export { withoutSecrets } from '../../dev/database.ts'
export { freePort } from '../../dev/free-port.ts'
export { type LocalMongo, type LocalMongoOptions, startLocalMongo } from '../../dev/mongodb/start.ts'
export { headerLength, splitMessages } from '../../dev/mongodb/wire.ts'
