import type { BrowserContext, ConsoleMessage, Response } from 'playwright-core'

/**
 * What a page must never cause, gathered from now on: console errors, among which are violations of the
 * Content-Security-Policy, errors of scripts, and requests that fail.
 */
export function problemsOf(context: BrowserContext): readonly string[] {
  const problems: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error' && !isRefusedForm(message)) problems.push(`Console: ${message.text()}`)
  })
  context.on('weberror', (error) => problems.push(`Script: ${error.error().message}`))
  context.on('requestfailed', (request) => {
    // The person went on before it had arrived.
    const reason = request.failure()?.errorText
    if (reason !== 'net::ERR_ABORTED') problems.push(`Request: ${request.url()} ${reason}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 400 && !isPage(response)) {
      problems.push(`Request: ${response.url()} answered ${response.status()}`)
    }
  })
  return problems
}

/** Chromium also calls it an error when a page, such as a form shown again, comes with a status of 400 or above. */
function isRefusedForm(message: ConsoleMessage): boolean {
  const isOfPage = message.location().url === message.page()?.url()
  return isOfPage && message.text().startsWith('Failed to load resource: the server responded with a status')
}

function isPage(response: Response): boolean {
  return response.request().isNavigationRequest()
}
