import { fileURLToPath } from 'node:url'

/** What a log line says of an error: enough to find the line, without absolute paths, source text or credentials. */
export interface SafeError {
  type: string
  message: string
  code?: string | number
  /** The frames within this project, such as "logIn (src/routes/auth.ts:31:20)". */
  at?: string[]
}

/** Serializer of pino for `err`. */
export function safeError(error: unknown): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: clean(String(error)) }
  const safe: SafeError = { type: error.name, message: clean(error.message) }
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number'))
    safe.code = error.code
  const frames = framesWithin(error.stack ?? '')
  if (frames.length > 0) safe.at = frames
  return safe
}

const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** EJS puts the template's text before its message; drivers may quote a connection string. */
function clean(message: string): string {
  const lastParagraph = message.trim().split('\n\n').at(-1) ?? ''
  return lastParagraph
    .replaceAll(projectRoot, '')
    .replace(/\/\/[^/@\s]+@/g, '//***@')
    .slice(0, 500)
}

function framesWithin(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => line.includes(projectRoot) && !line.includes('node_modules') && /^\s+at /.test(line))
    .slice(0, 5)
    .map((line) =>
      line
        .replace(/^\s+at /, '')
        .replace('file://', '')
        .replace(projectRoot, ''),
    )
}
