// All that the workbench takes from the app's own tests. Only for tests: whatever is started is gone after the file.
export { startTestApp, type TestApp } from '../../test/support/app.ts'
export { cleanUp } from '../../test/support/clean-up.ts'
export { ownDatabaseUrl } from '../../test/support/database.ts'
export { startMailApp } from '../../test/support/mail-app.ts'
export { type MongoRelay, startMongoRelay } from '../../test/support/mongo-relay.ts'
export { type Route, routesOf } from '../../test/support/registered-routes.ts'
export {
  required,
  type ServerProcess,
  sharedDatabaseUrl,
  startServerProcess,
  until,
} from '../../test/support/server-process.ts'
export { linkIn, startSmtp } from '../../test/support/smtp.ts'
export { startTcpProxy } from '../../test/support/tcp-proxy.ts'
export {
  cookiesOf,
  locationOf,
  newPerson,
  type Person,
  sessionCookieOf,
  Visitor,
} from '../../test/support/visitor.ts'
