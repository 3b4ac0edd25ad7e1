import type { Response } from 'express'
import type { Form, FormState } from '../forms.ts'
import { TryLater } from '../http-error.ts'
import { InvalidFields, WrongPassword } from '../models/field-errors.ts'
import { report } from '../security-events.ts'

/** Does what a form asks for, or shows it again: with what was typed, and what is wrong beside the fields. */
export async function answerForm<T>(
  res: Response,
  view: string,
  form: Form<T>,
  act: (data: T) => Promise<void>,
): Promise<void> {
  if (!form.ok) return showAgain(res, view, 422, form)
  try {
    await act(form.data)
  } catch (error) {
    const { values } = form
    if (error instanceof TryLater) {
      res.set('Retry-After', String(error.retryAfterSeconds))
      return showAgain(res, view, error.status, { values, errors: {}, problem: error.message })
    }
    if (!(error instanceof InvalidFields)) throw error
    if (error instanceof WrongPassword && res.req.user) report(res.req, 'password-again.refused')
    showAgain(res, view, error instanceof WrongPassword ? 401 : 422, { values, errors: error.fields })
  }
}

function showAgain(
  res: Response,
  view: string,
  status: number,
  { values, errors, problem }: FormState,
): void {
  res.status(status).render(view, { values, errors, problem })
}
