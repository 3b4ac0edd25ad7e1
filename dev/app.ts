// Forked by run.ts: the app, which stops when the runner ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')) // the runner has ended, even by kill -9
process.channel?.unref() // doesn't keep the process alive
if (!process.connected) process.exit()
await import('../src/server.ts')
process.send?.('listening')
