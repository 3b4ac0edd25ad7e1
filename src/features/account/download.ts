import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import type { Schema } from 'mongoose'
import { currentUser } from '../../auth/passport.ts'
import { User } from '../../auth/user.ts'
import { belongings } from '../../database.ts'
import { report } from '../../log.ts'

/** Streams one JSON file, because a user may have more data than fits in memory. */
export async function downloadData(req: Request, res: Response): Promise<void> {
  const { id: userId } = currentUser(req)
  const user = await User.findById(userId, ['-_id', ...fieldsOf(User.schema)]).lean()
  const exported = req.app.locals.core.hooks.belongings.map(async (one) => await one.export?.(userId))
  const own = Object.assign({}, user, ...(await Promise.all(exported)))
  report(req, { event: 'account.downloaded', userId }, "Downloaded the account's data")
  res.attachment('my-data.json')
  await pipeline(written(own, userId), res).catch((error) => {
    // A canceled download is not an error.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  })
}

async function* written(own: object, userId: string): AsyncGenerator<string> {
  yield JSON.stringify(own, null, 2).replace(/\n}$/, '')
  for (const { model, filter, shown } of belongings(userId)) {
    yield `,\n  ${JSON.stringify(model.collection.name)}: [`
    let separator = ''
    for await (const document of model
      .find(filter, shown || fieldsOf(model.schema))
      .lean()
      .cursor()) {
      yield `${separator}\n    ${JSON.stringify(document)}`
      separator = ','
    }
    yield separator ? '\n  ]' : ']'
  }
  yield '\n}\n'
}

/** All fields of the schema, at any depth, except secrets (`select: false`). */
function fieldsOf({ paths, discriminators = {} }: Schema): string[] {
  const shown = Object.values(paths).filter(
    ({ path, options }) => options.select !== false && !/^__v$|\$/.test(path),
  )
  const own = shown.flatMap(({ path, schema }) =>
    schema ? fieldsOf(schema).map((name) => `${path}.${name}`) : [path],
  )
  return [...new Set([...own, ...Object.values(discriminators).flatMap(fieldsOf)])]
}
