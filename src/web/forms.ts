import { type RequestHandler, type Response, urlencoded } from 'express'
import { type AnyObject, type InferType, type ObjectSchema, ValidationError } from 'yup'
import { type FieldErrors, HttpError, InvalidFields, TryLater, WrongPassword } from '../errors.ts'
import { report } from '../log.ts'

/** What a view needs to render a form: empty at first, then with the submitted values. */
export interface FormState {
  /** Passwords are never among them. */
  readonly values: Readonly<Record<string, string>>
  readonly errors: FieldErrors
  /** What is wrong with none of the fields. */
  readonly problem?: string
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

/** Bodies are forms, small ones; anything else is refused before it is read (415, 413). */
export const formBody: RequestHandler = (req, res, next) => {
  // A form without a field may come without a type.
  if (req.get('content-type') !== undefined && req.is('application/x-www-form-urlencoded') === false) {
    return next(new HttpError(415, 'This page accepts only forms (application/x-www-form-urlencoded).'))
  }
  // The parser alone would first read to its end what it refuses.
  if (Number(req.get('content-length')) > limit) {
    return next(new HttpError(413, 'Shorten what you entered and try again.'))
  }
  parse(req, res, next)
}

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
  const fields = strings(body)
  const names = Object.keys(shape.fields)
  const shown = names.filter((name) => !/password/i.test(name))
  const values = Object.fromEntries(shown.map((name) => [name, fields[name] ?? '']))
  try {
    const data = shape.validateSync(fields, { abortEarly: false, stripUnknown: true, context })
    return { ok: true, data, values, errors: {} }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const problems = error.inner
    // In the order of the form, which yup's is not.
    const wrong = names.map((name) => [name, problems.find(({ path }) => path === name)?.message] as const)
    const problem = problems.find(({ path }) => !path)?.message
    const errors = Object.fromEntries(wrong.filter(([, message]) => message))
    return { ok: false, values, errors, ...(problem && { problem }) }
  }
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
    if (!(error instanceof InvalidFields)) throw error
    const isWrongPassword = error instanceof WrongPassword
    if (isWrongPassword && res.req.user)
      report(
        res.req,
        { event: 'password-again.refused', level: 'warn' },
        'Incorrect password from a signed-in user',
      )
    showForm(res, view, { values, errors: error.fields }, isWrongPassword ? 401 : 422)
  }
}

export function showForm(
  res: Response,
  view: string,
  { values, errors, problem }: FormState,
  status = 200,
): void {
  res.status(status).render(view, { values, errors, problem })
}

/** For a text, in Unicode code points, as people count: an emoji is one, where yup's max counts two. */
export function atMost(count: number, message: string) {
  return { name: 'at-most', message, test: (value = '') => [...value].length <= count }
}

/** The parser leaves such a key out without a word, so `strings` would never see it. */
function refusePrototypeKeys(_req: unknown, _res: unknown, body: Buffer): void {
  const names = [...new URLSearchParams(body.toString()).keys()]
  if (names.some((name) => name.includes('__proto__'))) throw unknownField()
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
