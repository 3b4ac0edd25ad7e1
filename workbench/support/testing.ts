// All the workbench's imports from the app's tests. Only for tests: everything it starts is stopped after the file.

export { linkIn, startSmtp } from '../../test/mail/support/smtp.ts'
export { startTestApp, type TestApp } from '../../test/support/app.ts'
export { cleanUp } from '../../test/support/clean-up.ts'
export { ownDatabaseUrl } from '../../test/support/database.ts'
export { formsOn } from '../../test/support/forms.ts'
export { privatePage } from '../../test/support/home.ts'
export { type MongoRelay, startMongoRelay } from '../../test/support/mongo-relay.ts'
export { type Route, routesOf } from '../../test/support/registered-routes.ts'
export {
  required,
  type ServerProcess,
  sharedDatabaseUrl,
  startServerProcess,
  until,
} from '../../test/support/server-process.ts'
export { startTcpProxy } from '../../test/support/tcp-proxy.ts'
export {
  cookiesOf,
  locationOf,
  newPerson,
  type Person,
  sessionPairOf,
  Visitor,
} from '../../test/support/visitor.ts'
export { startWholeApp } from '../../test/support/whole-app.ts'
