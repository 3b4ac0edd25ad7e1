import type { EChartsOption } from 'echarts'
import type { Axis, LineChart } from '../harness/answer.ts'
import { lines as faint, ink, palette } from './colours.ts'

/** Distinguishable without colors, too. */
const symbols = ['circle', 'rect', 'triangle', 'diamond']

export function lineOptions({ x, y, lines }: LineChart): EChartsOption {
  return {
    color: palette,
    legend: { top: 34, left: 0, textStyle: { color: ink } },
    grid: { left: 12, right: 30, top: 100, bottom: 30, containLabel: true },
    xAxis: { ...axis(x), nameLocation: 'middle', nameGap: 32 },
    yAxis: { ...axis(y), nameLocation: 'end', nameTextStyle: { align: 'left', color: ink } },
    series: lines.map(({ name, points }, index) => ({
      type: 'line',
      name,
      data: points,
      symbol: symbols[index % symbols.length] ?? 'circle',
      symbolSize: points.length > 20 ? 4 : 8,
      lineStyle: { width: 2 },
    })),
  }
}

function axis({ name, logarithmic }: Axis) {
  return {
    ...(logarithmic
      ? { type: 'log' as const, min: 'dataMin' as const, max: 'dataMax' as const }
      : { type: 'value' as const }),
    name,
    nameTextStyle: { color: ink },
    axisLabel: { color: ink },
    axisLine: { lineStyle: { color: faint } },
    splitLine: { lineStyle: { color: faint } },
  }
}
