import * as echarts from 'echarts'
import type { BarChart, Chart } from '../harness/answer.ts'
import { bars } from './bars.ts'
import { lines as faint, ink, inkInTheDark, linesInTheDark } from './colours.ts'
import { lineOptions } from './lines.ts'

const width = 760

// Without a browser, text can't be measured. Assume a wide font, so that labels don't overlap.
echarts.setPlatformAPI({
  measureText: (text, font) => ({
    width: text.length * 0.58 * Number(/([\d.]+)px/.exec(font ?? '')?.[1] ?? 12),
  }),
})

/** As SVG that follows the reader's theme, even inside an <img>. */
export function asSvg(chart: Chart): string {
  const height = chart.kind === 'bars' ? barsHeight(chart) : 400
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    textStyle: { color: ink, fontFamily: 'system-ui, sans-serif' },
    title: { text: chart.title, left: 0, textStyle: { color: ink, fontSize: 15 } },
    ...(chart.kind === 'bars' ? bars(chart) : lineOptions(chart)),
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return withTheme(named(svg, chart.title))
}

function barsHeight({ names, series }: BarChart): number {
  return 110 + names.length * (14 + 18 * series.length)
}

function named(svg: string, title: string): string {
  return svg.replace(/^<svg /, `<svg role="img" aria-label="${title.replaceAll('"', '&quot;')}" `)
}

/** ECharts writes colors as attributes, which a style sheet overrides. */
function withTheme(svg: string): string {
  const change = (from: string, to: string) => `[fill="${from}"]{fill:${to}}[stroke="${from}"]{stroke:${to}}`
  const dark = change(ink, inkInTheDark) + change(faint, linesInTheDark)
  return svg
    .replace(/<style\b.*?<\/style>\s*/s, '') // for hovering over a live chart
    .replace('</svg>', `<style>@media (prefers-color-scheme:dark){${dark}}</style>\n</svg>\n`)
}
