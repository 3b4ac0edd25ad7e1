import { z } from 'zod'
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
export function read<Shape extends z.ZodObject>(body: unknown, shape: Shape): Form<z.output<Shape>> {
  const fields = strings(body)
  const values = Object.fromEntries(
    Object.keys(shape.shape)
      .filter((name) => !/password/i.test(name))
      .map((name) => [name, fields[name] ?? '']),
  )
  const result = shape.safeParse(fields)
  if (result.success) return { ok: true, data: result.data, values, errors: {} }
  return { ok: false, values, errors: firstErrors(result.error) }
}

export const registration = z.object({
  name: z
    .string('Type your name.')
    .transform((name) => name.normalize('NFC').replace(/\s+/g, ' ').trim())
    .pipe(
      z
        .string()
        .min(1, 'Type your name.')
        .max(80, 'Use at most 80 characters.')
        .regex(/^(?:[\u200c\u200d]|\P{C})*$/u, 'Use letters, spaces and punctuation only.'),
    ),
  email: emailAddress(),
  // Whether it is a good one is for models/password-rules.ts to say.
  password: z.string('Choose a password.').min(1, 'Choose a password.'),
  returnTo: z.string().optional(),
})

export const credentials = z.object({
  email: emailAddress(),
  // A longer one cannot be right, and is not worth the hashing.
  password: z
    .string('Type your password.')
    .min(1, 'Type your password.')
    .max(passwordLength.max, `Passwords here have at most ${passwordLength.max} characters.`),
  remember: z.string().optional(),
  returnTo: z.string().optional(),
})

export const naming = registration.pick({ name: true })

export const passwordChange = z.object({
  password: credentials.shape.password,
  'new-password': registration.shape.password,
})

export const deletion = credentials.pick({ password: true })

// begin mail
export const forgetting = registration.pick({ email: true })

export const freshPassword = passwordChange.pick({ 'new-password': true })

export const emailChange = credentials.pick({ email: true, password: true })
// end mail

/** ASCII only, so that no look-alike letter makes a second account; one case, so that no capital does. */
function emailAddress() {
  return z
    .string('Type your email address.')
    .trim()
    .toLowerCase()
    .min(1, 'Type your email address.')
    .max(254, 'Use at most 254 characters.')
    .pipe(z.email('This does not look like an email address, such as name@example.com.'))
}

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

function firstErrors({ issues }: z.ZodError): FieldErrors {
  const errors: Record<string, string> = {}
  for (const { path, message } of issues) errors[String(path[0])] ??= message
  return errors
}
