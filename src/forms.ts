import { type AnyObject, type InferType, type ObjectSchema, object, string } from 'yup'
import { atMost, checked } from './checked.ts'
import { HttpError } from './http-error.ts'
import type { FieldErrors } from './models/field-errors.ts'
import { passwordLength } from './models/password-rules.ts'

/** What a view needs to show a form: again with what was typed, or for the first time with nothing. */
export interface FormState {
  /** Passwords are never among them. */
  readonly values: Readonly<Record<string, string>>
  readonly errors: FieldErrors
  /** What is wrong with none of the fields. */
  readonly problem?: string
}

export const emptyForm: FormState = { values: {}, errors: {} }

export type Form<T> = ({ readonly ok: true; readonly data: T } | { readonly ok: false }) & FormState

/**
 * The one place where an untyped body becomes typed strings, or an error a field.
 * @throws {HttpError} 400 for a body that no form of ours sends
 */
export function read<S extends ObjectSchema<AnyObject>>(body: unknown, shape: S): Form<InferType<S>> {
  const fields = strings(body)
  const values = Object.fromEntries(
    Object.keys(shape.fields)
      .filter((name) => !/password/i.test(name))
      .map((name) => [name, fields[name] ?? '']),
  )
  const { data, problems } = checked(shape, fields)
  if (data) return { ok: true, data, values, errors: {} }
  // In the order of the form, which yup's is not.
  const errors = Object.fromEntries(
    Object.keys(shape.fields).flatMap((name) => {
      const problem = problems.find(({ field }) => field === name)
      return problem ? [[name, problem.message]] : []
    }),
  )
  const problem = problems.find(({ field }) => field === undefined)
  return { ok: false, values, errors, ...(problem && { problem: problem.message }) }
}

const name = string()
  .transform((name: string | undefined) => name?.normalize('NFC').replace(/\s+/g, ' ').trim())
  .required('Type your name.')
  .test(atMost(80, 'Use at most 80 characters.'))
  .matches(/^(?:[\u200c\u200d]|\P{C})*$/u, 'Use letters, spaces and punctuation only.')

/** ASCII only, so that no look-alike letter makes a second account. */
const emailPattern = /^(?!\.)(?!.*\.\.)[\w'+.-]*[\w+-]@([a-z0-9][a-z0-9-]*\.)+[a-z]{2,}$/

/** In one case, so that no capital makes a second account. */
const email = string()
  .trim()
  .lowercase()
  .required('Type your email address.')
  .max(254, 'Use at most 254 characters.')
  .matches(emailPattern, 'This does not look like an email address, such as name@example.com.')

const password = string()
  .required('Type your password.')
  // A longer one cannot be right, and is not worth the hashing.
  .test(atMost(passwordLength.max, `Passwords here have at most ${passwordLength.max} characters.`))

// Whether it is a good one is for models/password-rules.ts to say.
const newPassword = string().required('Choose a password.')

export const registration = object({ name, email, password: newPassword, returnTo: string() })

export const credentials = object({ email, password, remember: string(), returnTo: string() })

export const naming = object({ name })

export const passwordChange = object({ password, 'new-password': newPassword })

export const deletion = object({ password })

// begin mail
export const forgetting = object({ email })

export const freshPassword = object({ 'new-password': newPassword })

export const emailChange = object({ email, password })
// end mail

/** Arrays (a repeated key), brackets and prototype keys come from no form of ours. */
function strings(body: unknown): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(body ?? {})) {
    if (typeof value !== 'string' || !/^\w[\w-]*$/.test(name) || name in Object.prototype) {
      throw new HttpError(400, 'A field of the form came more than once or under a name that we do not know.')
    }
    fields[name] = value
  }
  return fields
}
