const plainId = 'It queries the collection by the plain ID, but this store keeps a SHA-256 of it.'
const dates =
  "It expects the cookie's expiry as a string; this store keeps dates as dates (stringify: false)."
const notASession = 'This store ignores a document that is not a session, such as one without a cookie.'
const emptySession =
  'This test uses saveUninitialized. Empty sessions are not stored, so the next request creates another.'
const noTimestamps =
  'It tests the timestamps option, which this store does not support because it has lastModified.'
const noSerializer = 'It tests serialize or unserialize, which this store does not support.'

/** Why another project's tests fail with this store or the stock one: the end of the title, and the reason. */
export const reasons: readonly (readonly [title: string, reason: string])[] = [
  ['saved session with updated cookie expiration', 'touchAfter decides which touches reach the store.'],
  [
    '.touch() should reset session expiration',
    "touchAfter decides which touches reach the store; connect-mongo updates the document's expiry but not its cookie's.",
  ],
  ['should pass error from inflate', notASession],
  ['only once for browser-session cookies', emptySession],
  ['.expires when null should not reset cookie', emptySession],
  [
    'an overridden `reload` in case of errors',
    'connect-mongo reports touching an ended session as an error, which this test does not handle.',
  ],
  ['› basic operation flow', dates],
  ['set and listen to event', dates],
  ['basic operation flow with crypto', dates],
  ['custom cryptoAdapter roundtrips session data', dates],
  ['merges defaults and works with only secret', dates],
  ['web crypto adapter encrypts and decrypts sessions', dates],
  ['supports base64url encoding', dates],
  ['supports hex encoding', dates],
  ['derives key with PBKDF2 salt/iterations overrides', dates],
  ['supports AES-CBC algorithm', dates],
  ['works with default stringify (string payload)', dates],
  ['works with custom serialize/unserialize functions', dates],
  ['works with stringify=false (raw object path)', notASession],
  ['crypto with stringify=false roundtrips raw objects', notASession],
  ['decrypt failure only calls callback once', 'This store encrypts nothing, so no decryption can fail.'],
  ['timestamps are disabled by default', plainId],
  ['ttl uses cookie.maxAge before cookie.expires and ttl fallback', plainId],
  ['test set default TTL', plainId],
  ['test default TTL', plainId],
  ['touch ops', plainId],
  ['touch ops with touchAfter with touch', plainId],
  ['touch updates updatedAt when timestamps enabled', plainId],
  ['transformId stores and retrieves using transformed key', plainId],
  ['corrupted JSON payload bubbles error on get', plainId],
  ['upgrade from 5.1.0 preserves non-crypto sessions', plainId],
  ['upgrade from 5.1.0 preserves crypto sessions', plainId],
  ['timestamps opt-in sets createdAt once and updates updatedAt', noTimestamps],
  ['keeps updatedAt unchanged until threshold when timestamps on', noTimestamps],
  ['adds createdAt/updatedAt in integration flow', noTimestamps],
  ['test custom serializer', noSerializer],
  ['test custom deserializer', noSerializer],
  ['custom serializer error surfaces from set()', noSerializer],
  [
    'clear preserves TTL index and is idempotent',
    "The app creates the index at startup, with every model's.",
  ],
]
