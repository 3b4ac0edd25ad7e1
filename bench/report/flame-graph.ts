import { ink, inkInTheDark, palette } from './colours.ts'
import { type CpuProfile, type Frame, framesOf } from './cpu-profile.ts'

const width = 1200
const rowHeight = 18
/** Narrower bars are left out, in pixels. */
const narrowest = 0.5

/** One bar a function, as wide as its time and below it what it calls. The name and the share of a bar are its tooltip. */
export function flameGraph(profile: CpuProfile, title: string): string {
  const root = framesOf(profile)
  const bars: string[] = []
  let depth = 0
  const draw = (frame: Frame, x: number, level: number) => {
    const w = (width * frame.time) / root.time
    if (w < narrowest) return
    depth = Math.max(depth, level)
    bars.push(bar(frame, x, level, w, (100 * frame.time) / root.time))
    let left = x
    for (const child of [...frame.children.values()].sort((a, b) => b.time - a.time)) {
      draw(child, left, level + 1)
      left += (width * child.time) / root.time
    }
  }
  draw(root, 0, 0)
  const height = 40 + (depth + 1) * rowHeight
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<style>text{fill:#fff;pointer-events:none}.title{fill:${ink};font-size:15px;font-weight:bold}rect:hover{opacity:.7}`,
    `@media (prefers-color-scheme:dark){svg{background:#0d1117}.title{fill:${inkInTheDark}}}</style>`,
    `<text class="title" x="4" y="20">${escaped(title)}</text>`,
    ...bars,
    '</svg>\n',
  ].join('\n')
}

function bar({ name, owner }: Frame, x: number, level: number, w: number, percent: number): string {
  const y = 32 + level * rowHeight
  const letters = Math.floor(w / 6.5)
  const text = letters > 2 ? `<text x="${x + 3}" y="${y + 13}">${escaped(name.slice(0, letters))}</text>` : ''
  const tooltip = `<title>${escaped(name)}, ${percent.toFixed(1)} %</title>`
  const place = `x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${rowHeight - 1}"`
  return `<rect ${place} fill="${colourOf(owner)}">${tooltip}</rect>${text}`
}

/** Ours, Node's and everybody else's. */
function colourOf(owner: string): string {
  const [ours, packages, node] = palette
  if (/^(dist|views)\//.test(owner)) return ours ?? ''
  return (/^(Node$|V8|\()/.test(owner) ? node : packages) ?? ''
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
