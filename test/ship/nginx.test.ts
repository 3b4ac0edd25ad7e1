import { testBehind } from './support/behind-proxy.ts'
import { startNginx } from './support/proxies.ts'

await testBehind('nginx', startNginx)
