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
  route?: { path: string; methods: Record<string, boolean> }
}

/** Every route of the app behind this server, as its routers know them. Static files are none. */
export function routesOf(server: Server): Route[] {
  // The app is what createServer was given; Express describes its layers in no type.
  const app = server.listeners('request')[0] as unknown as { router: { stack: Layer[] } }
  const routes = below(app.router.stack, '')
  if (routes.length === 0) throw new Error('Express no longer shows its routes; look for another way')
  return routes
}

function below(stack: Layer[], mount: string): Route[] {
  return stack.flatMap(({ rawPath, handle, route }) => {
    if (!route) return below(handle.stack ?? [], rawPath === '/' ? mount : mount + rawPath)
    const path = route.path === '/' && mount ? mount : mount + route.path
    return Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path }))
  })
}
