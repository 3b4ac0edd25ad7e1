export interface Mail {
  to: string
  subject: string
  text: string
  html: string
}

/** Hands a mail over to whatever carries it. @throws when it could not */
export type Deliver = (mail: Mail) => Promise<unknown>

/** Prepares a mail, or finds that there is none to send. */
export type Write = () => Promise<Mail | undefined>
