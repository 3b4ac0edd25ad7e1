import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { RequestHandler } from 'express'

/** The better one first; every browser of the last ten years takes both. */
const compress = { br: promisify(brotliCompress), gzip: promisify(gzip) } as const
const encodings = ['br', 'gzip'] as const

type Encoding = (typeof encodings)[number]

interface Compressed {
  body: Buffer
  etag: string
}

/** Other files are compressed already, such as pictures. */
const texts = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.map',
  '.mjs',
  '.svg',
  '.txt',
  '.webmanifest',
  '.xml',
])
/** Below, the compressed form may be the longer one. */
const minBytes = 200

/**
 * Answers with the brotli or gzip form of a text file. It is made when it is first asked for, at the highest quality and
 * in zlib's threads (80 ms for all of public/), and kept: nothing to build, and never the old form of a new file.
 * Who takes neither, or asks for a part of a file, is left to the next handler.
 *
 * @param files by the path of their request
 */
export function compressedFiles(files: ReadonlyMap<string, Buffer>): RequestHandler {
  const kept = new Map<string, Promise<Compressed>>()

  return async (req, res, next) => {
    const file = files.get(req.path)
    const extension = extname(req.path)
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (!isRead || !file || file.length < minBytes || !texts.has(extension)) return next()
    res.vary('Accept-Encoding')
    const encoding = encodings.find((one) => req.acceptsEncodings(one))
    if (!encoding || req.get('range')) return next()
    const key = `${encoding} ${req.path}`
    const made = kept.get(key) ?? compressedForm(file, encoding)
    kept.set(key, made)
    // What failed once is tried again the next time.
    made.catch(() => kept.delete(key))
    const { body, etag } = await made
    res.set({ 'Content-Encoding': encoding, ETag: etag })
    // Express answers HEAD, and 304 for If-None-Match, by itself.
    res.type(extension).send(body)
  }
}

async function compressedForm(file: Buffer, encoding: Encoding): Promise<Compressed> {
  const body = await compress[encoding](file)
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }
}
