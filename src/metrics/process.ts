import { monitorEventLoopDelay } from 'node:perf_hooks'
import { gauge, type Metric } from './text.ts'

const resolutionMs = 10

export function processMetrics(): Metric[] {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  return [
    gauge('nodejs_eventloop_delay_seconds', 'How late timers ran since this was last asked for.', () => {
      const values = [50, 99, 100].map((percent): [{ quantile: number }, number] => [
        { quantile: percent / 100 },
        late(delay.percentile(percent)),
      ])
      delay.reset()
      return values
    }),
    gauge('process_resident_memory_bytes', 'Memory.', () => [[{}, process.memoryUsage.rss()]]),
    gauge('nodejs_heap_used_bytes', 'JavaScript objects.', () => [[{}, process.memoryUsage().heapUsed]]),
    gauge('process_cpu_seconds_total', 'Processor time.', () => [[{}, cpuSeconds()]], 'counter'),
    gauge('process_start_time_seconds', 'Since 1970.', () => [[{}, performance.timeOrigin / 1000]]),
  ]
}

/** Node measures from one look at the clock to the next, in nanoseconds: the pause between them is no delay. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3)
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
