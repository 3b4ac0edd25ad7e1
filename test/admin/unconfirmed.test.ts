import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Feature } from '../../src/feature.ts'
import { adminCommand } from '../../src/features/admin/command.ts'
import { admin } from '../../src/features/admin/index.ts'
import { startTestApp } from '../support/app.ts'
import { newAdmin, newMemberWithId } from './support.ts'

/** The same field as in the feature mail. */
const confirming: Feature = { name: 'confirming', userFields: { emailVerifiedAt: Date }, install() {} }
const app = await startTestApp({}, { features: [admin, confirming] })

test("the page and the operator's command show whether an email address is confirmed", async () => {
  const [boss, { id, page, person }] = [await newAdmin(app), await newMemberWithId(app)]
  const told = async () => {
    const printed: string[] = []
    await adminCommand.run([person.email], (line) => printed.push(line))
    return printed.join()
  }
  assert.match(
    (await boss.visitor.get(page)).text,
    new RegExp(`${person.email} <span class="badge">not confirmed<`),
  )
  assert.equal(await told(), `${person.email} is now an admin. Their email address isn't confirmed.`)
  await app.users.updateOne({ email: person.email }, { $set: { emailVerifiedAt: new Date() } })
  assert.doesNotMatch((await boss.visitor.get(`/admin/people/${id}`)).text, /not confirmed/)
  assert.equal(await told(), `${person.email} is now an admin.`)
})
