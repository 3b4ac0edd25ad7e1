/** What a mail server said, without the address that it may repeat. */
export function reasonOf(error: unknown): Record<string, string | number> {
  if (!(error instanceof Error)) return { reason: typeof error }
  const { code, responseCode } = details(error)
  return { reason: code ?? error.name, ...(responseCode !== undefined && { responseCode }) }
}

/** Whether this very mail is the trouble, so that another try would bring the same answer. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, responseCode = 0 } = details(error)
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500
}

function details(error: Error): { code?: string; responseCode?: number } {
  return {
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...('responseCode' in error &&
      typeof error.responseCode === 'number' && { responseCode: error.responseCode }),
  }
}
