import { fileURLToPath } from 'node:url'

/** What a log line says of an error: enough to find the line, without absolute paths, source text or credentials. */
export interface SafeError {
  type: string
  message: string
  code?: string | number
  /** The frames within this project, such as "logIn (dist/routes/auth.js:31:20)". */
  at?: string[]
  cause?: SafeError
}

/** Serializer of pino for `err`. */
export function safeError(error: unknown, depth = 0): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: clean(String(error)) }
  const safe: SafeError = { type: error.name, message: clean(error.message) }
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number'))
    safe.code = error.code
  const frames = framesWithin(error.stack ?? '')
  if (frames.length > 0) safe.at = frames
  if (error.cause instanceof Error && depth < deepestCause) safe.cause = safeError(error.cause, depth + 1)
  return safe
}

/** Causes can form a circle. */
const deepestCause = 3
const rootUrl = new URL('..', import.meta.url).href
const rootPath = fileURLToPath(rootUrl)

/** Drivers may quote a connection string; up to the last @, as an unencoded one may be part of the password. */
function clean(message: string): string {
  return withoutTemplate(withoutRoot(message))
    .replace(/\/\/\S*@/g, '//***@')
    .slice(0, 500)
}

/** EJS puts the lines of the template before its message, and an advertisement behind it. */
function withoutTemplate(message: string): string {
  if (!/\.ejs:\d+\n|while compiling ejs/.test(message)) return message
  const paragraphs = message.trim().split('\n\n')
  return paragraphs.filter((text) => !text.startsWith('If the above error')).at(-1) ?? ''
}

function withoutRoot(text: string): string {
  return text.replaceAll(rootUrl, '').replaceAll(rootPath, '')
}

function framesWithin(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node_modules') && withoutRoot(line) !== line)
    .slice(0, 5)
    .map((line) => withoutRoot(line).replace(/^\s+at /, ''))
}
