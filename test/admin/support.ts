import { adminCommand } from '../../src/features/admin/command.ts'
import type { TestApp } from '../support/app.ts'
import { type Member, newMember } from '../support/member.ts'

export interface Somebody extends Member {
  id: string
  /** The page that shows them to an admin. */
  page: string
}

export async function newMemberWithId(app: TestApp): Promise<Somebody> {
  const member = await newMember(app)
  const user = await app.users.findOne({ email: member.person.email })
  const id = String(user?._id)
  return { ...member, id, page: `/admin/people/${id}` }
}

/** As the operator makes one. */
export async function newAdmin(app: TestApp): Promise<Somebody> {
  const somebody = await newMemberWithId(app)
  await adminCommand.run([somebody.person.email], () => {})
  return somebody
}
