import mongoose from 'mongoose'

/** shopping-list, of ShoppingList, shoppingList and shopping_list. */
export function kebab(name: string): string {
  return name
    .replace(/(?<=[a-z\d])[A-Z]/g, '-$&')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^[-\d]+|-+$/g, '')
}

/** shoppingList, of shopping-list. */
export function camel(name: string): string {
  return kebab(name).replace(/-(\w)/g, (_hyphen, letter: string) => letter.toUpperCase())
}

/** "shopping list", of shopping-list and shoppingList. */
export function inWords(name: string): string {
  return kebab(name).replaceAll('-', ' ')
}

export function capital(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase())
}

/** The plural, as in mongoose's collection names. */
export function pluralOf(name: string): string {
  return mongoose.pluralize()?.(name) ?? `${name}s`
}

export function singularOf(plural: string): string {
  const candidates = [plural.replace(/ies$/, 'y'), plural.replace(/es$/, ''), plural.replace(/s$/, '')]
  return candidates.find((one) => one !== plural && pluralOf(one) === plural) ?? plural
}

/** "a title", "an ingredient", "a url", "an hour", "notes". */
export function withArticle(text: string): string {
  if (pluralOf(text) === text) return text
  const isVowel = /^(?!u(ni|r[il]|s[aeiu]|t[ei]|uid)|one|eu)[aeiou]|^ho(ur|nest|nou?r)/.test(text)
  return `${isVowel ? 'an' : 'a'} ${text}`
}
