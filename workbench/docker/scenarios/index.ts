import { cluster } from './cluster.ts'
import { database } from './database.ts'
import { firstStart } from './first-start.ts'
import { laterStarts } from './later-starts.ts'
import type { Scenario } from './scenario.ts'
import { updates } from './updates.ts'

export type { Scenario } from './scenario.ts'

export const scenarios: Scenario[] = [...firstStart, ...laterStarts, ...updates, ...cluster, ...database]
