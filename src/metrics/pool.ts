import type { Database } from '../database.ts'
import { gauge, type Metric } from './text.ts'

/** Counted from now on: call it while no command is under way. */
export function poolMetrics({ client }: Database): Metric[] {
  let waiting = 0
  let inUse = 0
  client.on('connectionCheckOutStarted', () => {
    waiting += 1
  })
  client.on('connectionCheckOutFailed', () => {
    waiting -= 1
  })
  client.on('connectionCheckedOut', () => {
    waiting -= 1
    inUse += 1
  })
  client.on('connectionCheckedIn', () => {
    inUse -= 1
  })
  return [
    gauge('mongodb_pool_in_use', 'Connections on which a command is under way.', () => [[{}, inUse]]),
    gauge('mongodb_pool_waiting', 'Commands that wait for a connection.', () => [[{}, waiting]]),
    gauge('mongodb_pool_size_max', 'Most connections to one server.', () => [
      [{}, client.options.maxPoolSize],
    ]),
  ]
}
