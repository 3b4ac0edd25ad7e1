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

/** Every route of this server's app, read from its routers. Static files aren't routes. */
export function routesOf(server: Server): Route[] {
  // The app that was passed to createServer. Express has no types for its layers.
  const app = server.listeners('request')[0] as unknown as { router: { stack: Layer[] } }
  const routes = below(app.router.stack, '')
  if (routes.length === 0) throw new Error('Express no longer shows its routes; look for another way')
  return routes
}

/** A path of this route, with an unknown ID as its parameter. */
export function addressOf({ path }: Route): string {
  return path.replace(/\{[^}]*\}/g, '').replace(/[:*]\w+/g, 'f'.repeat(24))
}

function below(stack: Layer[], mount: string): Route[] {
  return stack.flatMap(({ rawPath, handle, route }) => {
    if (!route) return below(handle.stack ?? [], rawPath === '/' ? mount : mount + rawPath)
    // A route may have several paths; for a regular expression there is no path to request.
    const paths = [route.path].flat().filter((path) => typeof path === 'string')
    return Object.keys(route.methods).flatMap((method) =>
      paths.map((path) => ({
        method: method === '_all' ? 'POST' : method.toUpperCase(),
        path: path === '/' && mount ? mount : mount + path,
      })),
    )
  })
}
