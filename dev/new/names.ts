import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext, Script } from 'node:vm'
import { refuse } from './refusal.ts'
import { camel, capital, inWords, kebab, pluralOf, singularOf, withArticle } from './words.ts'

export interface Names {
  /** As given: shopping-list. */
  folder: string
  /** The path of its pages: /shopping-lists. */
  path: string
  /** In code: shoppingList, ShoppingList, shoppingLists, ShoppingLists. */
  thing: string
  Thing: string
  things: string
  Things: string
  /** In sentences: "shopping list", "Shopping list" and so on. */
  inWords: { thing: string; Thing: string; things: string; Things: string; aThing: string }
}

/** Names that the generated files use for something else, singular or plural. */
const used =
  'await back core feature form id index locals paragraph req request res response router routes schema settings visitor words'

/** @throws {Refusal} */
export function namesOf(name: string, givenPlural?: string): Names {
  const plural = givenPlural ?? pluralOf(name)
  for (const one of [name, plural])
    if (one !== kebab(one))
      refuse(`Write names like this: ${kebab(one) || 'book'}.`, one, kebab(one) || 'book')
  if (plural === name) {
    const [singular, other] = [
      singularOf(name),
      `${name} --plural=${name}${/(s|sh|ch|x)$/.test(name) ? 'es' : 's'}`,
    ]
    if (singular === name) refuse(`${name} needs a different plural.`, name, other)
    refuse(`${name} looks like a plural. If it isn't one, use ${other}.`, name, singular)
  }
  const names = {
    folder: name,
    path: `/${plural}`,
    thing: camel(name),
    Thing: capital(camel(name)),
    things: camel(plural),
    Things: capital(camel(plural)),
    inWords: {
      thing: inWords(name),
      Thing: capital(inWords(name)),
      things: inWords(plural),
      Things: capital(inWords(plural)),
      aThing: withArticle(inWords(name)),
    },
  }
  const reason = isReserved(names) ? 'is a reserved word' : isTaken(names) ? 'is already taken' : undefined
  if (reason) refuse(`${name} ${reason}.`, name, `my-${name}`)
  return names
}

function isReserved({ thing, things, Thing }: Names): boolean {
  try {
    new Script(`'use strict'; let ${thing}, ${things}`)
  } catch {
    return true
  }
  // JavaScript's own, such as Map and Symbol, but not those of Node and browsers, such as Event.
  if (runInNewContext(`'${Thing}' in globalThis`)) return true
  const others = [...used.split(' '), ...readByPartials()]
  return others.includes(thing) || others.includes(things)
}

/** Views pass all values to partials, so a model must not have the name of a value that a partial reads. */
function readByPartials(): (string | undefined)[] {
  const texts = readdirSync('views/partials').map((file) =>
    readFileSync(join('views/partials', file), 'utf8'),
  )
  const read = texts.flatMap((text) => [...text.matchAll(/const \{([^;]*?)\} = locals/g)])
  return read.flatMap(([, names = '']) => [...names.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name]) => name))
}

/** By a feature, a folder of views or tests, a model, or the path of a page. */
function isTaken({ folder, path, Thing, things }: Names): boolean {
  if (['src/features', 'views', 'public', 'test'].some((parent) => existsSync(join(parent, folder))))
    return true
  const taken = new RegExp(
    `\\bmodel(<[^>]*>)?\\('${Thing}'|['"\`]${path}['"\`/?]|^import .*\\b${things}\\b.* from '\\./features/`,
    'm',
  )
  const comments = /\/\*.*?\*\/|^ *\/\/[^\n]*/gms
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .some((file) => taken.test(readFileSync(join('src', file), 'utf8').replace(comments, '')))
}
