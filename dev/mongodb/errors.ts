import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Its message is the line printed in the terminal: the problem, and what to do. */
export class LocalMongoError extends Error {
  override name = 'LocalMongoError'
}

export function folderInUse(folder: string): string {
  return `The database folder ${shown(folder)} is in use by ${holder(folder)}. Stop it, or set DATABASE_URL.`
}

export function folderUnusable(folder: string): string {
  return (
    `The database could not open ${shown(folder)}: the folder is damaged or belongs to another user. ` +
    'Fix its ownership, or delete it to start with an empty database.'
  )
}

export function portUnusable(port: number, code = 'EADDRINUSE'): string {
  const reason = code === 'EADDRINUSE' ? 'is in use' : `can't be used (${code})`
  return `Port ${port} ${reason}. Set DATABASE_PORT or DATABASE_URL.`
}

/** @param lack why there is no embedded engine, as in 'the embedded engine is not installed' */
export function noMongoHere(lack: string, code: string): string {
  return (
    `Can't start MongoDB: ${lack}, and MongoDB could not be downloaded (${code}). ` +
    'Run "docker compose up -d dev-mongo" and set DATABASE_URL=mongodb://127.0.0.1:27017/app'
  )
}

export function processStopped(code: number | null, signal: string | null): string {
  // The engine aborts without a message if it cannot write.
  const advice =
    signal === 'SIGABRT' || code === 14 ? 'Check the free disk space, then run again.' : 'Run again.'
  return `The database process stopped (${signal ?? `exit code ${code}`}). ${advice}`
}

/** A path relative to the current folder. */
export function shown(path: string): string {
  const fromHere = relative('', path)
  return fromHere.startsWith('..') ? path : fromHere || '.'
}

function holder(folder: string): string {
  try {
    const pid = readFileSync(join(folder, 'mongod.lock'), 'utf8').trim()
    if (pid) return `process ${pid}`
  } catch {
    // Not readable, or deleted in the meantime.
  }
  return 'another process'
}
