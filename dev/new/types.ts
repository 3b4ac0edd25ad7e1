import { pluralOf } from './words.ts'

/** What a field becomes, by its type: code for the files, and EJS for the views. */
export interface Made {
  /** What the rule and the schema share, above both. */
  constant?: string
  /** yup's, for the form. */
  rule: string
  /** mongoose's, for the document. */
  schema: string
  /** What the view of the form gives to the field partial. */
  part: string
  /** In a list and on a page. */
  shown: string
  /** With what the form of an existing one begins. */
  value: string
  /** The demo user's, by index. */
  seed: string
  /** What a test types, and what it types in its place. */
  typed: readonly [string, string]
  /** What a test types in vain, and the sentence beside it. */
  wrong?: readonly [typed: string, reason: string]
}

export interface Named {
  name: string
  label: string
  /** In a sentence, and there with its article: "title", "a title". */
  inWords: string
  aLabel: string
  /** The variable that holds one of the model. */
  thing: string
  /** How many texts its form has. */
  texts: number
}

/** By the names they have on the command line; a choice has none there. */
export const types = { string, text, number, boolean, date }

function string(field: Named): Made {
  return words(field, 200, "type: 'text', autocomplete: 'off'")
}

/** With 5,000 characters of any script, in one text or several, a form stays below its limit of 64 KB. */
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
    rule: "boolean().transform((_value, sent) => sent === 'on').default(false)",
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
  // Shown as they are stored, so that a page says what the form said.
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
