import { setTimeout as sleep } from 'node:timers/promises'
import { Router } from 'express'

/** The home page at /in-pieces, as over a slow network: the rest of its header comes long after the beginning. */
export const pageInPieces = Router()

pageInPieces.get('/in-pieces', (_req, res, next) => {
  res.render('home/show', {}, async (error: unknown, html: string) => {
    if (error) return next(error)
    const cut = html.indexOf('</li>', html.indexOf('href="/login"'))
    res.type('html').write(html.slice(0, cut))
    await sleep(500)
    res.end(html.slice(cut))
  })
})
