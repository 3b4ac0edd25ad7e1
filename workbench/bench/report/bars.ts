import type { CustomSeriesOption, EChartsOption } from 'echarts'
import type { BarChart, Spread } from '../harness/answer.ts'
import { short } from '../harness/spread.ts'
import { ink, lines, palette } from './colours.ts'

/** Bars of medians, each with a line from its smallest to its largest run. */
export function bars({ names, series }: BarChart): EChartsOption {
  return {
    color: palette,
    legend: { show: series.length > 1, top: 34, left: 0, textStyle: { color: ink } },
    grid: { left: 4, right: 60, top: series.length > 1 ? 70 : 44, bottom: 4, containLabel: true },
    xAxis: { type: 'value', axisLabel: { color: ink }, splitLine: { lineStyle: { color: lines } } },
    yAxis: {
      type: 'category',
      data: names,
      inverse: true,
      axisLabel: { color: ink },
      axisLine: { lineStyle: { color: lines } },
      axisTick: { show: false },
    },
    series: series.flatMap(({ name, values }, index) => [
      {
        type: 'bar' as const,
        name,
        data: values.map((value) => value?.median ?? null),
      },
      ranges(values, index, series.length),
    ]),
  }
}

/** The line, with the median as a number to its right. */
function ranges(values: (Spread | undefined)[], index: number, count: number): CustomSeriesOption {
  return {
    type: 'custom',
    z: 3,
    data: values.map((value, row) => [value?.min ?? Number.NaN, row, value?.max ?? Number.NaN]),
    encode: { x: [0, 2], y: 1 },
    renderItem: (params, api) => {
      const [from = 0] = api.coord([api.value(0), api.value(1)])
      const [to = 0, middle = 0] = api.coord([api.value(2), api.value(1)])
      const offset = api.barLayout({ count })?.[index]?.offsetCenter ?? 0
      const y = middle + offset
      const median = values[params.dataIndex]?.median
      if (median === undefined) return
      const line = { x1: from, y1: y, x2: to, y2: y }
      const label = {
        text: short(median),
        x: to + 6,
        y,
        verticalAlign: 'middle' as const,
        fill: ink,
        fontSize: 12,
      }
      return {
        type: 'group',
        children: [
          { type: 'line', shape: line, style: { stroke: ink, lineWidth: 2 } },
          { type: 'text', style: label },
        ],
      }
    },
  }
}
