// node:http alone: the page's bytes, prerendered.
import { listen } from './listen.ts'
import { dashboard, renderer } from './pages.ts'

const page = renderer('dashboard/show')(dashboard())

listen((_req, res) => {
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
  })
  res.end(page)
})
