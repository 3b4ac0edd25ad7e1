import { type Ended, startApp } from './app-process.ts'
import type { Changes } from './changes.ts'

/** Why the app stopped. */
export type Reason =
  | { kind: 'asked' }
  | { kind: 'failed'; code: number; message?: string }
  | { kind: 'settings' }

const next =
  '  Next      Register there, or run npm run seed in a second terminal and sign in as demo@example.com'
const crashPause = 5000 // ms; an app that crashes again sooner would keep crashing

let hasListened = false // a first start that fails ends npm run dev; later, the next change may fix the app
let lastCrash = Number.NEGATIVE_INFINITY

/** Runs the app and restarts it when its files change. Returns why it stopped. */
export async function keepAppRunning(
  env: Record<string, string>,
  changes: Changes,
  interrupted: Promise<Reason>,
): Promise<Reason> {
  for (;;) {
    const changed = changes.fromNowOn() // before the app reads its files, so that no change is lost
    const app = startApp(env, () => {
      if (!hasListened) console.log(next)
      hasListened = true
    })
    let event = await Promise.race([interrupted, changed, app.ended])
    if (event.kind === 'ended') {
      if (!hasListened && event.code !== null) return { kind: 'failed', code: event.code } // the app has printed why
      if (crashedFirst(event)) continue
      event = await Promise.race([interrupted, changed])
    }
    await app.stop()
    if (event.kind !== 'changed') return event
    console.log(`${event.file} changed.`)
    if (event.file === '.env') return { kind: 'settings' }
  }
}

/** Prints how the app ended, and whether it restarts now. */
function crashedFirst({ code, signal }: Ended): boolean {
  const again = signal !== null && performance.now() - lastCrash > crashPause
  if (again) lastCrash = performance.now()
  const how = signal ? `was stopped by ${signal}` : `exited with code ${code}`
  console.error(`The app ${how}. ${again ? 'Restarting now.' : 'It will restart on the next change.'}`)
  return again
}
