import type { Feature } from './feature.ts'
import { account } from './features/account/index.ts'
import { admin } from './features/admin/index.ts'
import { demo } from './features/demo/index.ts'
import { devices } from './features/devices/index.ts'
import { mail } from './features/mail/index.ts'
import { metrics } from './features/metrics/index.ts'
import { styleguide } from './features/styleguide/index.ts'

/** The features of this app, in the order in which pages show them. Remove one from the list to turn it off. */
export const features: readonly Feature[] = [demo, devices, account, admin, mail, metrics, styleguide]
