import { Router } from 'express'
import type { Feature } from '../../feature.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'

const path = '/dev/parts'

/** In development only: all parts of pages, in both themes, at /dev/parts. */
export const styleguide: Feature = {
  name: 'styleguide',
  install({ use, config }) {
    if (config.env !== 'development') return
    const router = Router()
    router.get(path, (_req, res) => res.render('styleguide/show', { partsPath: path }))
    router.post(path, (req, res) => redirectWithFlash(req, res, path, 'success', 'Nothing was changed.'))
    use.open(router)
  },
}
