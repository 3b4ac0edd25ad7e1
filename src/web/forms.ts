import { json, type RequestHandler, type Response, Router, text } from 'express'
import { type AnyObject, type InferType, type ObjectSchema, setLocale, ValidationError } from 'yup'
import { type FieldErrors, HttpError, InvalidFields, isDatabaseAway, TryLater } from '../errors.ts'
import { databaseAway, sendProblem, startErrorResponse, wantsJson } from './error-page.ts'

// For rules without a message of their own, because yup's are written for developers.
setLocale({
  mixed: {
    required: 'Fill this in.',
    notType: 'This value has the wrong type.',
    oneOf: 'Choose one of the options.',
  },
  string: {
    min: ({ min }) => `Use ${min} characters or more.`,
    max: ({ max }) => `Use ${max} characters or fewer.`,
    matches: "This isn't in the right format.",
  },
  number: {
    min: ({ min }) => `Enter ${min} or more.`,
    max: ({ max }) => `Enter ${max} or less.`,
    integer: 'Enter a whole number.',
  },
})

/** What a view needs to render a form: empty at first, then with the submitted values. */
export interface FormState {
  /** Never passwords. */
  readonly values: Readonly<Record<string, string>>
  readonly errors: FieldErrors
  /** A problem with the form as a whole. */
  readonly problem?: string | undefined
}

export const emptyForm: FormState = { values: {}, errors: {} }

export type Form<T> = ({ readonly ok: true; readonly data: T } | { readonly ok: false }) & FormState

const formType = 'application/x-www-form-urlencoded'
const maxFields = 50
/** Bytes. Encoded in a form, a letter takes up to nine. */
export const maxBodySize = 64 * 1024
const options = { inflate: false, limit: maxBodySize }

/** Larger forms get 413. Other types are left to the route's own parser, such as jsonBody. */
export const formBody: RequestHandler[] = [
  (req, res, next) => (req.is(formType) ? refuseLarge(req, res, next) : next()),
  text({ ...options, type: formType }),
  (req, _res, next) => {
    if (typeof req.body === 'string') req.body = fieldsOf(req.body)
    next()
  },
]

/** For a route that uses parseJson: router.put('/notes/:id', jsonBody, save) */
export const jsonBody: RequestHandler = Router().use(
  (req, _res, next) =>
    next(req.is('json') ? undefined : new HttpError(415, 'Send JSON (Content-Type: application/json).')),
  refuseLarge,
  json({ ...options, reviver: (key, value) => (key in Object.prototype ? refuseField() : value) }),
)

/** @param context for tests in the shape */
export function parseForm<S extends ObjectSchema<AnyObject>>(
  body: unknown,
  shape: S,
  context: object = {},
): Form<InferType<S>> {
  if (!body) throw new HttpError(415, `This page accepts only forms (${formType}).`)
  return check(Object(body), shape, context)
}

/** @throws {InvalidFields} 422, one message per field */
export function parseJson<S extends ObjectSchema<AnyObject>>(body: unknown, shape: S): InferType<S> {
  const checked = check(Object(body), shape)
  if (checked.ok) return checked.data
  throw new InvalidFields(checked.errors)
}

/** Runs `act`, or shows the form again with the submitted values and an error next to each field. */
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
    const isInvalid = error instanceof InvalidFields
    if (!isInvalid && !(error instanceof TryLater) && !isDatabaseAway(error)) throw error
    const status = startErrorResponse(res, error)
    const errors = isInvalid ? error.fields : {}
    const problem = isInvalid
      ? error.problem
      : error instanceof TryLater
        ? error.message
        : databaseAway(res.req)
    showForm(res, view, { values: form.values, errors, problem }, status)
  }
}

export function showForm(res: Response, view: string, form: FormState, status = 200): void {
  const { values, errors, problem } = form
  if (status >= 400 && wantsJson(res.req)) sendProblem(res, status, { detail: problem, errors })
  else res.status(status).render(view, { values, errors, problem })
}

/** Counts Unicode code points: an emoji is one, but two for yup's max. */
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
    const messageAt = (at: string) =>
      error.inner.find(({ path = '' }) => path.split(/[.[]/, 1)[0] === at)?.message
    // In the order of the form, unlike yup's.
    const errors = names.map((name) => [name, messageAt(name)]).filter(([, message]) => message)
    return { ok: false, values, errors: Object.fromEntries(errors), problem: messageAt('') }
  }
}

/** The parser alone would read the whole body before it refuses it. */
function refuseLarge(...[req, _res, next]: Parameters<RequestHandler>): void {
  const isLarge = Number(req.get('content-length')) > options.limit
  next(isLarge ? new HttpError(413, 'Shorten what you entered and try again.') : undefined)
}

/** No form of ours sends repeated names, brackets or prototype keys. */
function fieldsOf(body: string): Record<string, string> {
  const fields: Record<string, string> = {}
  const sent = new URLSearchParams(body)
  if (sent.size > maxFields)
    throw new HttpError(413, 'The form has too many fields. Reload the page and try again.')
  for (const [name, value] of sent) {
    if (!/^\w[\w-]*$/.test(name) || name in fields) refuseField()
    // Browsers send a line break as CR LF, but count it as one character.
    fields[name] = value.replaceAll('\r\n', '\n')
  }
  return fields
}

function refuseField(): never {
  throw new HttpError(400, 'The form contains a repeated or unknown field. Reload the page and try again.')
}
