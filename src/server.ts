import { run } from './start.ts'

// npm start. Development starts the same app in dev/app.ts, with what only a developer should see.
await run()
