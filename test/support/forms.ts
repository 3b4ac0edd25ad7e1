/** A form on a page. */
export interface PageForm {
  method: string
  /** Where it is sent: a path, without the query. */
  action: string
  fields: Field[]
}

export interface Field {
  name: string
  /** The type of an input, or "select", or "textarea". */
  type: string
  attributes: Readonly<Record<string, string>>
  /** The options of a select. */
  options: readonly string[]
}

/** Every form of the page, in its order. @param path of the page, for forms that name no other */
export function formsOn(html: string, path: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', inside = '']) => {
    const { method = 'get', action = '' } = attributesOf(tag)
    return {
      method: method.toUpperCase(),
      action: (action || path).split('?', 1)[0] ?? '',
      fields: fieldsIn(inside),
    }
  })
}

/**
 * The fields that a browser would send: the given ones, hidden ones, and something plausible in every other required
 * field.
 */
export function fillIn(
  { fields }: PageForm,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const values = fields.flatMap((field) => {
    const value = given[field.name] ?? untouched(field) ?? (isRequired(field) ? plausible(field) : '')
    return value === undefined ? [] : [[field.name, value]]
  })
  return { ...Object.fromEntries(values), ...given }
}

/** The value of an untouched field; undefined if it isn't sent. */
function untouched({ type, attributes }: Field): string | undefined {
  if (type === 'checkbox' || type === 'radio') return 'checked' in attributes ? 'on' : undefined
  return type === 'hidden' ? (attributes.value ?? '') : attributes.value || undefined
}

function isRequired({ attributes }: Field): boolean {
  return 'required' in attributes
}

function plausible({ type, attributes, options }: Field): string {
  const { min = '1', minlength = '0', maxlength = '1000', value = 'on' } = attributes
  if (type === 'checkbox' || type === 'radio') return value
  if (type === 'select') return options.find(Boolean) ?? ''
  const ready: Record<string, string> = {
    number: min,
    range: min,
    date: '2026-01-31',
    time: '12:00',
    'datetime-local': '2026-01-31T12:00',
    month: '2026-01',
    week: '2026-W05',
    color: '#336699',
    url: 'https://example.com/',
    tel: '+12025550123',
    email: 'someone@example.com',
    password: 'seven green bicycles',
  }
  return ready[type] ?? 'Something'.padEnd(Number(minlength), '.').slice(0, Number(maxlength))
}

function fieldsIn(html: string): Field[] {
  const tags = /<input\b([^>]*)>|<(textarea|select)\b([^>]*)>(.*?)<\/\2>/gs
  return [...html.matchAll(tags)]
    .map(([, ofInput = '', tag, text = ofInput, inside = '']) => {
      const attributes = attributesOf(text)
      const options = [...inside.matchAll(/<option\b([^>]*)>([^<]*)/g)].map(
        ([, option = '', label = '']) => ({
          isSelected: / selected\b/.test(option),
          value: attributesOf(option).value ?? decoded(label.trim()),
        }),
      )
      // What it begins with; an input says it itself, and the first line break of a textarea is none.
      const value =
        tag === 'textarea'
          ? decoded(inside.replace(/^\r?\n/, ''))
          : options.find(({ isSelected }) => isSelected)?.value
      return {
        name: attributes.name ?? '',
        type: tag ?? attributes.type ?? 'text',
        attributes: { ...(value && { value }), ...attributes },
        options: options.map((option) => option.value),
      }
    })
    .filter(({ name, type }) => name && !['submit', 'button', 'reset', 'image', 'file'].includes(type))
}

function attributesOf(tag: string): Record<string, string> {
  const found = [...tag.matchAll(/([\w-]+)(?:\s*=\s*"([^"]*)")?/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name.toLowerCase(), decoded(value)]))
}

function decoded(text: string): string {
  return text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
