// Says it once, instead of in every test file.
import { chromiumOrExit } from './chromium.ts'

chromiumOrExit()
