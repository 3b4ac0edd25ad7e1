/** What node --cpu-prof writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: Node[]
  samples: number[]
  /** Microseconds since the sample before. */
  timeDeltas: number[]
}

interface Node {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: number[]
}

/** A function as it was called from one place. */
export interface Frame {
  name: string
  owner: string
  /** With what it calls, in microseconds. */
  time: number
  children: Map<string, Frame>
}

/** Its end, without the start of the process and what was not compiled yet. */
export function lastSeconds(profile: CpuProfile, seconds: number): CpuProfile {
  let [left, from] = [seconds * 1e6, profile.samples.length]
  while (left > 0 && from > 0) left -= profile.timeDeltas[--from] ?? 0
  return { ...profile, samples: profile.samples.slice(from), timeDeltas: profile.timeDeltas.slice(from) }
}

/** Time in functions of each package, without what they call; the most first. */
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

/** Calls of one function from one place become one frame; idle time is left out. */
export function framesOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const root: Frame = { name: 'everything', owner: '', time: 0, children: new Map() }
  for (const [index, id] of samples.entries()) {
    const stack: Node[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const node = byId.get(at)
      if (node && parents.has(at)) stack.unshift(node)
    }
    if (stack.some((node) => ownerOf(node) === '(idle)')) continue
    const time = timeDeltas[index] ?? 0
    root.time += time
    let frame = root
    for (const node of stack) {
      const key = `${node.callFrame.functionName} ${node.callFrame.url} ${node.callFrame.lineNumber}`
      const { functionName, lineNumber } = node.callFrame
      const owner = ownerOf(node)
      const name = /^(V8|\()/.test(owner)
        ? owner
        : `${functionName || '(anonymous)'} · ${owner}:${lineNumber + 1}`
      const next: Frame = frame.children.get(key) ?? { name, owner, time: 0, children: new Map() }
      frame.children.set(key, next)
      next.time += time
      frame = next
    }
  }
  return root
}

/** A package, a file of ours, Node itself, or what V8 calls its own in brackets. */
function ownerOf({ callFrame: { url, functionName } }: Node): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1]
  if (inPackage) return inPackage
  if (url.startsWith('node:')) return 'Node'
  return (
    /\/((?:dist|views)\/[^"]*)/.exec(url)?.[1] ??
    (/^\(/.test(functionName) ? functionName : `V8: ${functionName}`)
  )
}
