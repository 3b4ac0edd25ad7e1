// All the workbench's imports from src/. Update this file when you rearrange src/.
export { hashPassword, passwordLength, verifyPassword } from '../../src/auth/password.ts'
export {
  registerByAddress,
  signInByAccount,
  signInByAddress,
  signInByAddressAndAccount,
} from '../../src/auth/routes.ts'
export { User, type UserDocument } from '../../src/auth/user.ts'
export { readConfig } from '../../src/config.ts'
export { connectDatabase } from '../../src/database.ts'
export { Token } from '../../src/features/mail/token.ts'
export { features } from '../../src/features.ts'
export { createLog } from '../../src/log.ts'
export { sessions } from '../../src/sessions/index.ts'
export { type StoredSession, storageId } from '../../src/sessions/session.ts'
export { styleSheets, themeColors } from '../../src/web/files.ts'
export { emptyForm } from '../../src/web/forms.ts'
