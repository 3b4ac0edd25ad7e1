import { createServer, type RequestListener, type ServerOptions } from 'node:http'

/** As the harness expects of every contestant. */
export function listen(handler: RequestListener, options: ServerOptions = {}): void {
  createServer(options, handler).listen(Number(process.env.PORT), process.env.HOST)
  process.on('SIGTERM', () => process.exit())
}

/** A variable set by the question. */
export function given(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}
