import type { TestEvent } from 'node:test/reporters'

/** A reporter for node:test: the name of each test that passed, a line each. */
export default async function* passed(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) if (type === 'test:pass') yield `${data.name}\n`
}
