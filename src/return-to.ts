/**
 * Where to go after a sign-in: the page first asked for when it is one of ours, else the dashboard.
 * Resolved as a browser would, so that `//evil`, `/\evil` and `/%09/evil` are seen for what they are.
 * @param origin the app's own
 */
export function safeReturnTo(asked: string | undefined, origin: string): string {
  const fallback = '/dashboard'
  if (!asked?.startsWith('/') || !URL.canParse(asked, origin)) return fallback
  const url = new URL(asked, origin)
  const path = url.pathname + url.search
  return url.origin === origin && !path.startsWith('//') ? path : fallback
}
