import type { Server } from 'node:http'

export interface Route {
  /** In capitals: GET or POST. */
  method: string
  /** With parameters as Express writes them: /sessions/:id/end. */
  path: string
}

interface Layer {
  rawPath: string
  handle: { stack?: Layer[] }
  route?: { path: unknown; methods: Record<string, boolean> }
}

/** Every route of the app behind this server, as its routers know them. Static files are none. */
export function routesOf(server: Server): Route[] {
  // The app is what createServer was given; Express describes its layers in no type.
  const app = server.listeners('request')[0] as unknown as { router: { stack: Layer[] } }
  const routes = below(app.router.stack, '')
  if (routes.length === 0) throw new Error('Express no longer shows its routes; look for another way')
  return routes
}

/** An address that this route answers, with an ID that no one has in place of a parameter. */
export function addressOf({ path }: Route): string {
  return path.replace(/\{[^}]*\}/g, '').replace(/[:*]\w+/g, 'f'.repeat(24))
}

function below(stack: Layer[], mount: string): Route[] {
  return stack.flatMap(({ rawPath, handle, route }) => {
    if (!route) return below(handle.stack ?? [], rawPath === '/' ? mount : mount + rawPath)
    // A route may have several paths; a regular expression has no address to ask for.
    const paths = [route.path].flat().filter((path) => typeof path === 'string')
    return Object.keys(route.methods).flatMap((method) =>
      paths.map((path) => ({
        method: method === '_all' ? 'POST' : method.toUpperCase(),
        path: path === '/' && mount ? mount : mount + path,
      })),
    )
  })
}
