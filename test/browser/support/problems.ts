import type { BrowserContext, ConsoleMessage, Response } from 'playwright-core'

/**
 * Collects console errors, including violations of the Content-Security-Policy, script errors, and failed requests from now
 * on.
 */
export function problemsOf(context: BrowserContext): readonly string[] {
  const problems: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error' && !isRefusedForm(message)) problems.push(`Console: ${message.text()}`)
  })
  context.on('weberror', (error) => problems.push(`Script: ${error.error().message}`))
  context.on('requestfailed', (request) => {
    // The person left the page before the response.
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

/** Chromium also reports a page with a status of 400 or above as an error, such as a form shown again. */
function isRefusedForm(message: ConsoleMessage): boolean {
  const isOfPage = message.location().url === message.page()?.url()
  return isOfPage && message.text().startsWith('Failed to load resource: the server responded with a status')
}

function isPage(response: Response): boolean {
  return response.request().isNavigationRequest()
}
