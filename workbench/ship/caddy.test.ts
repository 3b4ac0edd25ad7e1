import { testBehind } from './support/behind-proxy.ts'
import { startCaddy } from './support/proxies.ts'

await testBehind('caddy', startCaddy)
