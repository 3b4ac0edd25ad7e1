// The workbench's imports from the app's browser tests. Without a browser, exits with a line that says what to install.
export { openBrowser } from '../../test/browser/support/browser.ts'
export { assertFlawless } from '../../test/browser/support/flawless.ts'
