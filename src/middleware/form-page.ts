import type { Response } from 'express'
import type { Form, FormState } from '../forms.ts'
import { InvalidFields, WrongPassword } from '../models/field-errors.ts'

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
    if (!(error instanceof InvalidFields)) throw error
    const status = error instanceof WrongPassword ? 401 : 422
    showAgain(res, view, status, { values: form.values, errors: error.fields })
  }
}

function showAgain(res: Response, view: string, status: 401 | 422, { values, errors }: FormState): void {
  res.status(status).render(view, { values, errors })
}
