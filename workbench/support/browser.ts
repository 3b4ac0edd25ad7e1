// What the workbench takes from the app's tests in a browser. Ends the process with a line that says what to install when there is none.
export { openBrowser } from '../../test/browser/support/browser.ts'
export { assertFlawless } from '../../test/browser/support/flawless.ts'
