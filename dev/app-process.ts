import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface AppProcess {
  ended: Promise<Ended>
  /** Lets the app finish its requests, and waits until it has stopped. */
  stop(): Promise<void>
}

export interface Ended {
  kind: 'ended'
  code: number | null
  signal: NodeJS.Signals | null
}

const longestStop = 12_000 // ms; more than the app allows itself, so after this it hangs

/** @param env variables in addition to the environment of this process @param onListening is called at most once */
export function startApp(env: Record<string, string>, onListening: () => void): AppProcess {
  const child = fork(fileURLToPath(new URL('app.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, ...env },
  })
  child.once('message', onListening)
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => resolve({ kind: 'ended', code, signal }))
  })
  return {
    ended,
    async stop() {
      child.kill('SIGTERM')
      const stuck = setTimeout(() => child.kill('SIGKILL'), longestStop)
      await ended
      clearTimeout(stuck)
    },
  }
}
