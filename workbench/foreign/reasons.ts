const plainId = 'It looks in the collection by the plain ID, of which this store keeps a SHA-256.'
const option = "It is about an option of connect-mongo's that this store does not take."
const dates =
  'It expects the session as JSON; this store keeps dates as dates (stringify: false), as indexes on them need.'
const emptySession =
  'A session that holds nothing is not stored, so the next request begins another: saveUninitialized is on in this test.'

/** Why a test of another project fails, with this store or with the stock one: a part of its title, and the reason. */
export const reasons: readonly (readonly [title: string, reason: string])[] = [
  ['updated cookie expiration', 'touchAfter decides when a touch reaches the store: at most once an hour.'],
  [
    '.touch() should reset session expiration',
    'touchAfter decides, or connect-mongo writes the time of the document alone.',
  ],
  [
    'without cookie property',
    'A document that is not a session counts as none, instead of an error on every page.',
  ],
  ['only once for browser-session cookies', emptySession],
  ['.expires when null should not reset cookie', emptySession],
  [
    'overridden `reload`',
    'connect-mongo reports a touch of a session that has ended as an error, which ends the process of the test.',
  ],
  [
    'upgrade from 5.1.0',
    'Sessions that connect-mongo wrote have plain IDs, so whoever comes from there signs in once more.',
  ],
  ['rypto', option],
  ['basic operation flow', dates],
  ['set and listen to event', dates],
  ['timestamps', option],
  ['updatedAt', option],
  ['TTL', option],
  ['ttl', option],
  ['serializer', option],
  ['kruptein', option],
  ['decrypt', option],
  ['transformId', "transformId is this store's own: SHA-256."],
  ['corrupted JSON', 'A document that is not a session counts as none, instead of an error on every page.'],
  ['touch ops', plainId],
]
