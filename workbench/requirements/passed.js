/**
 * A reporter for node:test, which takes no TypeScript here: file and name of each test that passed, a line each.
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
export default async function* passed(events) {
  for await (const { type, data } of events) if (type === 'test:pass') yield `${data.file} ${data.name}\n`
}
