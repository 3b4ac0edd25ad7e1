import mongoose from 'mongoose'
import type { Names } from './names.ts'
import { refuse } from './refusal.ts'
import { choice, type Made, type Named, types } from './types.ts'
import { camel, capital, inWords, withArticle } from './words.ts'

export interface Field extends Named, Made {
  /** `choice`, or a type in types.ts. */
  type: string
}

/** Fields that every generated model has, in addition to mongoose's own. */
const used = 'createdAt id prototype remove updatedAt userId'

/** Parses title:string and so on, and sorts the fields by their use in views. @throws {Refusal} */
export function fieldsOf(specs: readonly string[], { folder, thing, inWords: texts }: Names) {
  const fields: Field[] = []
  const given = joined(specs)
  const form = { thing, texts: given.filter((spec) => spec.endsWith(':text')).length }
  for (const spec of given) {
    const [name = '', type = ''] = spec.split(/:(.*)/)
    if (name !== camel(name))
      refuse(`Write field names like this: ${camel(name)}.`, spec, `${camel(name)}:${type}`)
    if (isReserved(name)) refuse(`${name} is a reserved word.`, spec, `${thing}${capital(name)}:${type}`)
    if (/password/i.test(name))
      refuse(`Forms never show a ${name} again, so it can't be a field.`, spec, `${thing}Code:${type}`)
    if (fields.some((field) => field.name === name)) refuse(`${name} appears twice.`, spec, '')
    fields.push(fieldOf(spec, name, type, form))
  }
  const title =
    fields.find(({ type }) => type === 'string') ??
    refuse(
      `At least one field must be a string: lists show each ${texts.thing} by it.`,
      folder,
      `${folder} title:string`,
    )
  const builders = fields.map(({ rule }) => /^\w+/.exec(rule)?.[0] ?? '')
  return {
    fields,
    title,
    /** Imports from yup, sorted. */
    builders: [...new Set(['object', ...builders.map((one) => (one === 'day' ? 'date' : one))])].sort(),
    texts: fields.filter(({ type }) => type === 'text'),
    facts: fields.filter((field) => field !== title && field.type !== 'text'),
  }
}

/** PowerShell turns course:soup,main,dessert into several arguments, or one with spaces. */
function joined(specs: readonly string[]): string[] {
  const all: string[] = []
  for (const word of specs.join(' ').split(' ').filter(Boolean)) {
    const last = all.at(-1) ?? ''
    if (last.includes(':') && !word.includes(':')) all[all.length - 1] = `${last},${word}`
    else all.push(word)
  }
  return all
}

function isReserved(name: string): boolean {
  return used.split(' ').includes(name) || name in mongoose.Model.prototype
}

function fieldOf(spec: string, name: string, type: string, form: Pick<Named, 'thing' | 'texts'>): Field {
  const text = inWords(name)
  const named = { ...form, name, inWords: text, aLabel: withArticle(text), label: capital(text) }
  if (isType(type)) return { ...named, ...types[type](named), type }
  const choices = [...new Set(type.split(','))]
  const [first = '', second = ''] = choices
  const all = `${Object.keys(types).join(', ')}, or choices such as soup,main,dessert`
  if (isType(first)) refuse(`${second} needs a type: ${all}.`, second, `${second}:string`)
  if (choices.length < 2 || !choices.every((one) => /^[\w-]+$/.test(one)))
    refuse(`${name} needs a type: ${all}.`, spec, `${name}:string`)
  return { ...named, ...choice(named, choices), type: 'choice' }
}

function isType(type: string): type is keyof typeof types {
  return Object.hasOwn(types, type)
}
