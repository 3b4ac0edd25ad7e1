// Once, before many files of tests each say it.
import { chromiumOrExit } from './chromium.ts'

chromiumOrExit()
