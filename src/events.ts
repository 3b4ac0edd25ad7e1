import { EventEmitter } from 'node:events'

export type StoreCall = 'get' | 'set' | 'touch' | 'destroy'

interface Events {
  signIn: [result: 'accepted' | 'refused']
  /** A call of the session store came back, after so many milliseconds. */
  storeCall: [call: StoreCall, ms: number, ok: boolean]
}

/** For whoever counts: those who tell know nothing of metrics/, which may be switched off. */
export const events = new EventEmitter<Events>()
