// The least possible work: the driver under node:http sends the same commands as our app and renders the same page from the
// result. COMMANDS is what the driver logged when our app sent them; RENDERER is ejs or ours.
import { BSON, type Document, MongoClient } from 'mongodb'
import { given, listen } from './listen.ts'
import { dashboard, renderer } from './pages.ts'

const client = await MongoClient.connect(given('DATABASE_URL'))
const db = client.db()
const logged: string[] = JSON.parse(given('COMMANDS'))
const commands = logged.map((text) => {
  // The driver adds these.
  const {
    $db: _,
    lsid: _lsid,
    $clusterTime: _time,
    $readPreference: _from,
    ...command
  } = BSON.EJSON.parse(text)
  return command
})
const render = renderer('dashboard/show', { strict: given('RENDERER') === 'ours' })

listen(async (_req, res) => {
  const replies: Document[] = []
  for (const command of commands) replies.push(await db.command(command))
  const [stored] = replies[0]?.cursor.firstBatch ?? []
  const page = render(dashboard(stored?.user?.[0]))
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
  })
  res.end(page)
})
