import { type InferType, type Schema, ValidationError } from 'yup'

interface Problem {
  /** Name of the field; none for a rule about several. */
  readonly field: string | undefined
  readonly message: string
}

export type Checked<T> =
  | { readonly data: T; readonly problems: readonly [] }
  | { readonly data?: undefined; readonly problems: readonly Problem[] }

/** What a schema makes of values from outside, without what it does not know; or everything that is wrong with them. */
export function checked<S extends Schema>(schema: S, values: unknown): Checked<InferType<S>> {
  try {
    return { data: schema.validateSync(values, { abortEarly: false, stripUnknown: true }), problems: [] }
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    return { problems: error.inner.map(({ path, message }) => ({ field: path || undefined, message })) }
  }
}

/** For a text, in Unicode code points, as people count: an emoji is one, where yup's max counts two. */
export function atMost(count: number, message: string) {
  return { name: 'at-most', message, test: (value = '') => [...value].length <= count }
}
