import { type RunningServer, startServer } from './server.ts'

// Forked by start.ts. The database has its own process, so that a crash in native code doesn't end the app, and a restart
// of the app doesn't restart the database.

/** Sent to the parent once. */
export type Report = (Omit<RunningServer, 'stop'> & { pid: number }) | { failed: string }

let stopping = false
process.on('SIGINT', () => {}) // Ctrl-C reaches every process here, and the app needs the database until it has drained
process.on('SIGTERM', stop)
process.on('disconnect', stop) // the parent has ended

const [folder = '', port, ttlSeconds] = process.argv.slice(2)
const starting = startServer({ folder, port: Number(port), ttlSeconds: Number(ttlSeconds) })
starting.then(
  ({ stop, ...started }) => report({ ...started, pid: process.pid }),
  (error) => report({ failed: error instanceof Error ? error.message : String(error) }),
)
if (!process.connected) stop()

function report(message: Report): void {
  const sent = () => 'failed' in message && process.exit(1)
  process.send?.(message, undefined, undefined, sent)
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5000) // a command that hangs must not keep it alive
  await starting.then((server) => server.stop()).catch(() => {})
  process.exit(0)
}
