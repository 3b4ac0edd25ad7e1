import { pluralOf } from './words.ts'

/** The code and EJS for a field, by its type. */
export interface Made {
  /** Code above the form's rules and the schema, for both. */
  constant?: string
  /** The yup rule for the form. */
  rule: string
  /** The mongoose type for the document. */
  schema: string
  /** The form's values for the field partial. */
  part: string
  /** EJS in a list and on a page. */
  shown: string
  /** The form's initial value for an existing document. */
  value: string
  /** The demo user's values, by index. */
  seed: string
  /** What a test enters first, and what it changes it to. */
  typed: readonly [string, string]
  /** Invalid input for a test, and the expected message. */
  wrong?: readonly [typed: string, reason: string]
}

export interface Named {
  name: string
  label: string
  /** In a sentence, without and with its article: "title", "a title". */
  inWords: string
  aLabel: string
  /** The variable that holds one document. */
  thing: string
  /** Number of text fields in the form. */
  texts: number
}

/** By the name on the command line. `choice` isn't one of them. */
export const types = { string, text, number, boolean, date }

function string(field: Named): Made {
  return words(field, 200, "type: 'text', autocomplete: 'off'")
}

/** 5,000 characters of any script, in one text field or several, fit into a form's 64 KB. */
function text(field: Named): Made {
  return words(field, Math.floor(50 / field.texts) * 100, "type: 'textarea', rows: 8")
}

function words({ name, label, aLabel, thing }: Named, max: number, part: string): Made {
  const tooLong = `Use ${inEnglish(max)} characters or fewer.`
  return {
    rule: `string().trim().required('Enter ${aLabel}.').test(atMost(${inCode(max)}, '${tooLong}'))`,
    schema: '{ type: String, required: true }',
    part: `{ name: '${name}', label: '${label}', ${part}, maxlength: ${max} }`,
    shown: `<%= ${thing}.${name} %>`,
    value: `${thing}.${name}`,
    seed: `\`${label} \${index + 1}\``,
    typed: [`First ${name} <b>`, `Second ${name} & more`],
    wrong: [' ', `Enter ${aLabel}.`],
  }
}

function number({ name, label, thing }: Named): Made {
  const max = 1_000_000
  const outside = `Enter a number from 0 to ${inEnglish(max)}.`
  return {
    rule: `number().typeError('Enter a number.').min(0, '${outside}').max(${inCode(max)}, '${outside}').required('Enter a number.')`,
    schema: '{ type: Number, required: true }',
    part: `{ name: '${name}', label: '${label}', type: 'number', min: 0, max: ${max}, step: 'any' }`,
    shown: `<%= ${thing}.${name} %>`,
    value: `String(${thing}.${name})`,
    seed: 'index + 1',
    typed: ['4', '2.5'],
    wrong: ['-1', outside],
  }
}

function boolean({ name, label, thing }: Named): Made {
  return {
    rule: "boolean().transform((value, sent) => sent === 'on' || value === true).default(false)",
    schema: '{ type: Boolean, required: true }',
    part: `{ name: '${name}', label: '${label}', type: 'checkbox' }`,
    shown: `<%= ${thing}.${name} ? 'Yes' : 'No' %>`,
    value: `${thing}.${name} ? 'on' : ''`,
    seed: 'index % 2 === 0',
    typed: ['on', ''],
  }
}

function date({ name, label, thing }: Named): Made {
  return {
    rule: "day.typeError('Enter a date.').required('Enter a date.')",
    schema: '{ type: Date, required: true }',
    part: `{ name: '${name}', label: '${label}', type: 'date' }`,
    shown: `<%- include('../partials/moment', { at: ${thing}.${name}, day: true }) %>`,
    value: `${thing}.${name}.toISOString().slice(0, 10)`,
    seed: 'new Date(Date.UTC(2026, 0, index + 1))',
    typed: ['2026-01-31', '2026-02-28'],
    wrong: ['2026-02-31', 'Enter a date.'],
  }
}

export function choice({ name, label, aLabel, thing }: Named, choices: readonly string[]): Made {
  const constant = pluralOf(name)
  const quoted = choices.map((one) => `'${one}'`)
  // Shown as stored, so that pages and forms match.
  const options = choices.map((one) => `['${one}', '${one}']`)
  const [first = '', second = ''] = choices
  return {
    constant: `const ${constant} = [${quoted.join(', ')}] as const`,
    rule: `string().oneOf(${constant}, 'Choose ${aLabel}.').required('Choose ${aLabel}.')`,
    schema: `{ type: String, enum: ${constant}, required: true }`,
    part: `{
      name: '${name}',
      label: '${label}',
      type: 'select',
      options: [['', 'Choose one'], ${options.join(', ')}],
    }`,
    shown: `<%= ${thing}.${name} %>`,
    value: `${thing}.${name}`,
    seed: `${constant}[index % ${constant}.length]`,
    typed: [first, second],
    wrong: ['none of these', `Choose ${aLabel}.`],
  }
}

function inEnglish(number: number): string {
  return number.toLocaleString('en')
}

function inCode(number: number): string {
  return inEnglish(number).replaceAll(',', '_')
}
