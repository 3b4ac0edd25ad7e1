// run.ts forks this: the app, what only a developer sees, and what ties both to the runner.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')) // the runner is gone, even if by kill -9
process.channel?.unref() // waiting for that is no reason to stay
if (!process.connected) process.exit()
const { run } = await import('../src/start.ts')
const { mailbox } = await import('./mailbox.ts') // mail
await run(
  mailbox(), // mail
)
process.send?.('listening')
