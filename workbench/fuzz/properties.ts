import fc from 'fast-check'
import type { Route } from '../support/testing.ts'
import * as nasty from './nasty.ts'
import { type Case, visitors } from './request.ts'

/**
 * One request, from valid values and values that break programs. A word between ~ ~, such as ~password~, is filled in by
 * world.ts during the run, so that a seed always makes the same cases.
 */
export function cases(routes: readonly Route[], fields: readonly string[]): fc.Arbitrary<Case> {
  const fieldName = nameOf(fields)
  const form = formOf(fields, fieldName)
  return fc
    .record({
      who: fc.constantFrom(...visitors),
      route: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...routes.filter(({ method }) => method === 'POST')) },
        { weight: 3, arbitrary: fc.constantFrom(...routes.filter(({ method }) => method === 'GET')) },
        { weight: 1, arbitrary: fc.constantFrom(...noRoutes) },
      ),
      otherMethod: seldom(fc.constantFrom(...nasty.methods)),
      parameter: fc.oneof(fc.constantFrom('~session~', '~foreignSession~'), urlText),
      query: fc.oneof(
        { weight: 6, arbitrary: fc.constant('') },
        { weight: 5, arbitrary: pairs(fc.oneof(fc.constantFrom(...parameters), fieldName)) },
        { weight: 1, arbitrary: raw(300) },
      ),
      body: fc.oneof(
        { weight: 10, arbitrary: form },
        { weight: 2, arbitrary: pairs(fieldName) },
        { weight: 1, arbitrary: raw(3_000) },
      ),
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant('application/x-www-form-urlencoded') },
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...nasty.contentTypes) },
      ),
      sender: fc.oneof(
        { weight: 12, arbitrary: fc.constant([['Sec-Fetch-Site', 'same-origin']] as const) },
        { weight: 1, arbitrary: fc.constantFrom(...nasty.senders) },
      ),
      headers: fc.array(fc.constantFrom(...nasty.oddHeaders), { maxLength: 2 }),
      cookies: fc.array(fc.constantFrom(...nasty.cookies), { maxLength: 2, size: 'xsmall' }),
      chunked: seldom(fc.constant(true)),
      sharedAddress: fc.constantFrom(false, false, false, true),
    })
    .map(({ route, otherMethod, parameter, sender, headers, chunked, ...rest }) => ({
      ...rest,
      method: otherMethod ?? route.method,
      path: route.path.replace(/:\w+/, () => parameter || 'x'),
      headers: [...sender, ...headers],
      chunked: chunked ?? false,
    }))
}

/** Paths that the routers don't list: static files and missing pages. */
const noRoutes: Route[] = [
  '/nowhere',
  '/app.css',
  '/assets',
  '/assets/x',
  '/assets/x/',
  '/assets/x/..%2f..%2f.env',
  '/%00',
  '/..%2f.env',
  '/%',
  '//evil.example/%2e%2e',
  '/account%2fdelete',
  '/%2561ccount',
  '/a\xff\xfe',
].map((path) => ({ method: 'GET', path }))

/** Headers that the app reads, in any route. */
const parameters = ['token', 'returnTo', 'page']

/** Values that pass the first checks of every form. */
const good = new Map<string, fc.Arbitrary<string>>([
  ['name', fc.constant('Ada')],
  ['email', fc.constantFrom('new@example.com', '~email~', '~foreignEmail~', 'nobody@example.com')],
  ['password', fc.constantFrom('~password~', 'three wrong elephants')],
  ['new-password', fc.constantFrom('nine purple umbrellas', '~password~', 'password')],
  ['token', fc.constantFrom('~resetToken~', '~confirmToken~')],
])

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...nasty.nastyTexts) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(...nasty.longTexts) },
)

const shortText = text.map((value) => value.slice(0, 1_000))
const urlText = fc.oneof(shortText.map(encoded), fc.constantFrom(...nasty.rawFragments)).map(sendable)

function nameOf(fields: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...fields),
    fc.constantFrom(...nasty.nastyNames),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
}

/** The fields of all forms. Each route reads its own. */
function formOf(fields: readonly string[], fieldName: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.record(
        Object.fromEntries(
          fields.map((name) => [
            name,
            fc.oneof(
              { weight: 9, arbitrary: good.get(name) ?? text },
              { weight: 1, arbitrary: text },
              { weight: 1, arbitrary: fc.constant(undefined) },
            ),
          ]),
        ),
      ),
      seldom(pairs(fieldName)),
    )
    .map(([values, more]) => {
      const known = Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [`${encoded(name)}=${encoded(value)}`],
      )
      return [...known, ...(more ? [more] : [])].join('&')
    })
}

function pairs(name: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pair = name.chain((key) =>
    fc.oneof(good.get(key) ?? shortText, shortText).map((value) => `${encoded(key)}=${encoded(value)}`),
  )
  // Sometimes repeats a key.
  return fc
    .tuple(fc.array(pair, { maxLength: 4, size: 'xsmall' }), fc.boolean())
    .map(([all, twice]) => (twice ? [...all, ...all.slice(0, 1)] : all).join('&').slice(0, 4_000))
}

function raw(longest: number): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.constantFrom(...nasty.rawFragments), shortText), { maxLength: 4 })
    .map((all) => sendable(all.join('&')).slice(0, longest))
}

/** Percent-encoded UTF-8. A lone surrogate becomes U+FFFD. */
function encoded(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString())
}

/** Bytes that node:http accepts in a request line. */
function sendable(value: string): string {
  return Buffer.from(value)
    .toString('latin1')
    .replace(/[\0- #?]/g, '_')
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}
