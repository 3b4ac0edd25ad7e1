import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext, Script } from 'node:vm'
import { refuse } from './refusal.ts'
import { camel, capital, inWords, kebab, pluralOf, singularOf } from './words.ts'

export interface Names {
  /** As it was given: shopping-list. */
  folder: string
  /** Of its pages: /shopping-lists. */
  path: string
  /** In code: shoppingList, ShoppingList, shoppingLists, ShoppingLists. */
  thing: string
  Thing: string
  things: string
  Things: string
  /** In sentences: "shopping list", "Shopping list" and so on. */
  inWords: { thing: string; Thing: string; things: string; Things: string }
}

/** Names that the files written, or the frame of every page, give to something else. */
const used =
  'await back core description error form id index label next origin paragraph part path problem q query req request res response ' +
  'router routes schema setting title user value visitor word'

/** @throws {Refusal} */
export function namesOf(name: string, givenPlural?: string): Names {
  const plural = givenPlural ?? pluralOf(name)
  for (const one of [name, plural])
    if (one !== kebab(one))
      refuse(`Names are written like this: ${kebab(one) || 'book'}.`, one, kebab(one) || 'book')
  if (plural === name) {
    const [singular, other] = [
      singularOf(name),
      `${name} --plural=${name}${/(s|sh|ch|x)$/.test(name) ? 'es' : 's'}`,
    ]
    if (singular === name) refuse(`${name} needs a plural that differs.`, name, other)
    refuse(`${name} looks like a plural. If it is none, type ${other}.`, name, singular)
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
    },
  }
  const reason = isReserved(names) ? 'is a reserved word' : isTaken(names) ? 'is taken' : undefined
  if (reason) refuse(`${name} ${reason}.`, name, `my-${name}`)
  return names
}

function isReserved({ folder, thing, things, Thing }: Names): boolean {
  try {
    new Script(`'use strict'; let ${thing}, ${things}`)
  } catch {
    return true
  }
  // Map, Symbol and so on; but not those of Node and browsers, such as Event.
  return used.split(' ').includes(folder) || runInNewContext(`'${Thing}' in globalThis`)
}

/** By a feature, by a folder of views or tests, by a model, or by the path of a page. */
function isTaken({ folder, path, Thing, things }: Names): boolean {
  if (['src/features', 'views', 'public', 'test'].some((parent) => existsSync(join(parent, folder))))
    return true
  const taken = new RegExp(
    `\\bmodel(<\\w+>)?\\('${Thing}'|['"\`]${path}['"\`/?]|^import .*\\b${things}\\b.* from '\\./features/`,
    'm',
  )
  const comments = /\/\*.*?\*\/|^ *\/\/.*$/gms
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .some((file) => taken.test(readFileSync(join('src', file), 'utf8').replace(comments, '')))
}
