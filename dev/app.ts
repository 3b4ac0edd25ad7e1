// run.ts forks this: the app, and what ties it to the runner.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')) // the runner is gone, even if by kill -9
process.channel?.unref() // waiting for that is no reason to stay
if (!process.connected) process.exit()
await import('../src/server.ts')
process.send?.('listening')
