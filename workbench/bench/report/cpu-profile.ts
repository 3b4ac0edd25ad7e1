/** The output of node --cpu-prof: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: Node[]
  samples: number[]
  /** Microseconds since the previous sample. */
  timeDeltas: number[]
  /** In microseconds. */
  startTime: number
  endTime: number
}

interface Node {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: number[]
}

/** Its end, without startup and uncompiled code. */
export function lastSeconds(profile: CpuProfile, seconds: number): CpuProfile {
  let [left, from] = [seconds * 1e6, profile.samples.length]
  while (left > 0 && from > 0) left -= profile.timeDeltas[--from] ?? 0
  const timeDeltas = profile.timeDeltas.slice(from)
  const startTime = profile.endTime - timeDeltas.reduce((sum, time) => sum + time, 0)
  return { ...profile, startTime, timeDeltas, samples: profile.samples.slice(from) }
}

/** Self time by package, longest first. */
export function timeByPackage(profile: CpuProfile): [string, number][] {
  const times = new Map<string, number>()
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  for (const [index, id] of profile.samples.entries()) {
    const node = byId.get(id)
    const owner = node ? ownerOf(node) : ''
    if (owner !== '(idle)') times.set(owner, (times.get(owner) ?? 0) + (profile.timeDeltas[index] ?? 0))
  }
  return [...times].sort(([, a], [, b]) => b - a)
}

/** A package, a file of ours, Node, or V8's own work in parentheses. */
function ownerOf({ callFrame: { url, functionName } }: Node): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1]
  if (inPackage) return inPackage
  if (url.startsWith('node:')) return 'Node'
  return (
    /\/((?:dist|views)\/[^"]*)/.exec(url)?.[1] ??
    (/^\(/.test(functionName) ? functionName : `V8: ${functionName}`)
  )
}
