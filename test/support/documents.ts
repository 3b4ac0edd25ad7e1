import type { TestApp } from './app.ts'

/** Every document of the app, except the counters of limits. */
export async function everyDocument({ database }: TestApp): Promise<Record<string, unknown[]>> {
  const db = database.client.db()
  const names = (await db.listCollections().toArray()).map(({ name }) => name)
  const kept = names.filter((name) => name !== 'limits' && !name.startsWith('system.')).sort()
  const entries = kept.map(
    async (name): Promise<[string, unknown[]]> => [
      name,
      await db.collection(name).find().sort({ _id: 1 }).toArray(),
    ],
  )
  return Object.fromEntries(await Promise.all(entries))
}
