import {
  json,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  urlencoded,
} from 'express'
import { type AnyObject, type InferType, type ObjectSchema, ValidationError } from 'yup'
import {
  type FieldErrors,
  HttpError,
  InvalidFields,
  isDatabaseAway,
  TryLater,
  WrongPassword,
} from '../errors.ts'
import { report } from '../log.ts'
import { databaseAway, sendProblem, wantsJson, withoutDatabase } from './error-page.ts'

/** What a view needs to render a form: empty at first, then with the submitted values. */
export interface FormState {
  /** Passwords are never among them. */
  readonly values: Readonly<Record<string, string>>
  readonly errors: FieldErrors
  /** What is wrong with none of the fields. */
  readonly problem?: string | undefined
}

export const emptyForm: FormState = { values: {}, errors: {} }

export type Form<T> = ({ readonly ok: true; readonly data: T } | { readonly ok: false }) & FormState

/** Bytes. */
const limit = 16 * 1024

const parse = urlencoded({
  extended: false,
  inflate: false,
  limit,
  parameterLimit: 50,
  verify: refusePrototypeKeys,
})

/** In place of a body of another type, which a route's own parser may read: jsonBody, or one for uploads. */
const unread = Symbol('unread')

/** Reads forms, small ones (413). */
export const formBody: RequestHandler = (req, res, next) => {
  // A form without a field may come without a type.
  if (req.get('content-type') !== undefined && req.is('application/x-www-form-urlencoded') === false) {
    req.body = unread
    return next()
  }
  refuseLarge(req, res, (error) => (error ? next(error) : parse(req, res, next)))
}

/** For a route that takes JSON, read with parseJson: router.put('/notes/:id', jsonBody, save) */
export const jsonBody: RequestHandler[] = [
  (req, _res, next) =>
    next(req.is('json') ? undefined : new HttpError(415, 'Send JSON (Content-Type: application/json).')),
  refuseLarge,
  json({ inflate: false, limit, reviver: refusePrototypeKey }),
]

/**
 * The one place where an untyped body becomes typed strings, or an error per field.
 * @param context for tests of the shape that need more than the form
 * @throws {HttpError} 400 for a body that no form of ours sends
 */
export function parseForm<S extends ObjectSchema<AnyObject>>(
  body: unknown,
  shape: S,
  context: object = {},
): Form<InferType<S>> {
  if (body === unread)
    throw new HttpError(415, 'This page accepts only forms (application/x-www-form-urlencoded).')
  const fields = strings(body)
  return check(fields, shape, context)
}

/** The same for JSON; it may hold whatever the shape says. @throws {InvalidFields} 422, a sentence per field */
export function parseJson<S extends ObjectSchema<AnyObject>>(body: unknown, shape: S): InferType<S> {
  const checked = check(Object(body), shape)
  if (checked.ok) return checked.data
  throw new InvalidFields(checked.errors)
}

/** Does what a form asks for, or shows it again: with what was typed, and what is wrong beside the fields. */
export async function answerForm<T>(
  res: Response,
  view: string,
  form: Form<T>,
  act: (data: T) => Promise<void>,
): Promise<void> {
  if (!form.ok) return showForm(res, view, form, 422)
  try {
    await act(form.data)
  } catch (error) {
    const { values } = form
    if (error instanceof TryLater) {
      if (error.status === 503)
        report(res.req, { event: 'queue.full', level: 'warn' }, 'Password hashing queue full')
      res.set('Retry-After', String(error.retryAfterSeconds))
      return showForm(res, view, { values, errors: {}, problem: error.message }, error.status)
    }
    if (isDatabaseAway(error)) {
      res.req.log.error({ err: error }, 'Request failed')
      withoutDatabase(res)
      return showForm(res, view, { values, errors: {}, problem: databaseAway }, 503)
    }
    if (!(error instanceof InvalidFields)) throw error
    const isWrongPassword = error instanceof WrongPassword
    if (isWrongPassword && res.req.user)
      report(
        res.req,
        { event: 'password-again.refused', level: 'warn' },
        'Incorrect password from a signed-in user',
      )
    showForm(res, view, { values, errors: error.fields, problem: error.problem }, isWrongPassword ? 401 : 422)
  }
}

export function showForm(
  res: Response,
  view: string,
  { values, errors, problem }: FormState,
  status = 200,
): void {
  if (status >= 400 && wantsJson(res.req)) sendProblem(res, status, { detail: problem, errors })
  else res.status(status).render(view, { values, errors, problem })
}

/** For a text, in Unicode code points, as people count: an emoji is one, where yup's max counts two. */
export function atMost(count: number, message: string) {
  return { name: 'at-most', message, test: (value = '') => [...value].length <= count }
}

function check<S extends ObjectSchema<AnyObject>>(
  fields: Readonly<Record<string, unknown>>,
  shape: S,
  context: object = {},
): Form<InferType<S>> {
  const names = Object.keys(shape.fields)
  const shown = names.filter((name) => !/password/i.test(name))
  const values = Object.fromEntries(shown.map((name) => [name, String(fields[name] ?? '')]))
  try {
    const data = shape.validateSync(fields, { abortEarly: false, stripUnknown: true, context })
    return { ok: true, data, values, errors: {} }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const problems = error.inner
    // In the order of the form, which yup's is not.
    const wrong = names.map(
      (name) => [name, problems.find(({ path }) => path?.split(/[.[]/, 1)[0] === name)?.message] as const,
    )
    const problem = problems.find(({ path }) => !path)?.message
    const errors = Object.fromEntries(wrong.filter(([, message]) => message))
    return { ok: false, values, errors, ...(problem && { problem }) }
  }
}

/** The parser leaves such a key out without a word, so `strings` would never see it. */
function refusePrototypeKeys(_req: unknown, _res: unknown, body: Buffer): void {
  const names = [...new URLSearchParams(body.toString()).keys()]
  if (names.some((name) => name.includes('__proto__'))) throw unknownField()
}

function refusePrototypeKey(key: string, value: unknown): unknown {
  if (key in Object.prototype) throw unknownField()
  return value
}

/** The parser alone would first read to its end what it refuses. */
function refuseLarge(req: Request, _res: unknown, next: NextFunction): void {
  const isLarge = Number(req.get('content-length')) > limit
  next(isLarge ? new HttpError(413, 'Shorten what you entered and try again.') : undefined)
}

/** Arrays (a repeated key), brackets and prototype keys come from no form of ours. */
function strings(body: unknown): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(body ?? {})) {
    if (typeof value !== 'string' || !/^\w[\w-]*$/.test(name) || name in Object.prototype)
      throw unknownField()
    fields[name] = value
  }
  return fields
}

function unknownField(): HttpError {
  return new HttpError(400, 'The form contains a repeated or unknown field.')
}
