import { adminCommand } from '../../src/features/admin/command.ts'
import type { TestApp } from '../support/app.ts'
import { type Member, newMember } from '../support/member.ts'

export interface Somebody extends Member {
  id: string
  /** The path of the user's page for admins. */
  page: string
}

export async function newMemberWithId(app: TestApp): Promise<Somebody> {
  const member = await newMember(app)
  const user = await app.users.findOne({ email: member.person.email })
  const id = String(user?._id)
  return { ...member, id, page: `/admin/people/${id}` }
}

/** Made an admin as by the operator. */
export async function newAdmin(app: TestApp): Promise<Somebody> {
  const somebody = await newMemberWithId(app)
  await adminCommand.run([somebody.person.email], () => {})
  return somebody
}
