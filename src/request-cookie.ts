import type { Request } from 'express'

/** The raw value of a cookie, or the empty string: of a name that came twice, the first. */
export function requestCookie({ headers }: Request, name: string): string {
  const pair = headers.cookie?.split(/; */).find((text) => text.startsWith(`${name}=`))
  return pair?.slice(name.length + 1) ?? ''
}
