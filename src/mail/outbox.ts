import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { within } from '../deadline.ts'
import type { Log } from '../log.ts'
import { isRefusal, reasonOf } from './failure.ts'
import type { Deliver, Mail, Write } from './mail.ts'

interface Letter {
  write: Write
  mail?: Mail
  tries: number
}

export interface OutboxOptions {
  /** The first try comes up to so long after the answer. */
  longestStartMs?: number
  /** Between two tries. */
  pausesMs?: readonly number[]
}

/** Beyond it new mails are dropped, and the log says so: mail that waits must not eat the memory of the app. */
const mostWaiting = 1_000
const mostAtOnce = 3
/** On the way out mails get this long. Together with the other limits of a stop below the 10 s of container hosts. */
const closeMs = 1_000

/**
 * Mails go out after the answer, never in it. What fails is tried again, in memory: what a crash loses can be asked
 * for again on the page it was asked for.
 */
export class Outbox {
  readonly #deliver: Deliver
  readonly #log: Log
  readonly #longestStartMs: number
  readonly #pausesMs: readonly number[]
  readonly #waiting = new Map<Letter, NodeJS.Timeout>()
  readonly #ready: Letter[] = []
  readonly #underWay = new Set<Promise<void>>()
  #closing = false
  /** So that an outage is one line in the log, not one a mail. */
  #outage = false
  #overflow = false

  constructor(deliver: Deliver, log: Log, options: OutboxOptions = {}) {
    this.#deliver = deliver
    this.#log = log
    // At random, so that the next answer is not slower by whether there was a mail to send.
    this.#longestStartMs = options.longestStartMs ?? 1_000
    // Four minutes in all: longer, and a link that works for ten would be old when it arrives.
    this.#pausesMs = options.pausesMs ?? [2_000, 5_000, 15_000, 45_000, 180_000]
  }

  /** @param write runs after the answer too, so that its time shows nowhere */
  afterAnswer(res: ServerResponse, write: Write): void {
    const accept = () => this.#accept({ write, tries: 0 })
    // Destroyed already: the browser went away before it had its answer. It is sent its mail all the same.
    if (res.destroyed) accept()
    else res.once('close', accept)
  }

  /** Tries once more, at once, what still waits. */
  async close(): Promise<void> {
    this.#closing = true
    for (const [letter, timer] of this.#waiting) {
      clearTimeout(timer)
      this.#ready.push(letter)
    }
    this.#waiting.clear()
    this.#work()
    await within(closeMs, this.#idle()).catch(() => {
      this.#log.warn({ mails: this.#size }, 'Stopping with mails that did not go out')
    })
  }

  get #size(): number {
    return this.#waiting.size + this.#ready.length + this.#underWay.size
  }

  #accept(letter: Letter): void {
    const full = this.#size >= mostWaiting
    if (full && !this.#overflow)
      this.#log.error({ waiting: mostWaiting }, 'Too many mails wait: new ones are dropped')
    this.#overflow = full
    if (!full) this.#wait(letter, randomInt(this.#longestStartMs + 1))
  }

  #wait(letter: Letter, ms: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(letter)
      this.#ready.push(letter)
      this.#work()
    }, ms)
    this.#waiting.set(letter, timer.unref())
  }

  #work(): void {
    while (this.#underWay.size < mostAtOnce) {
      const letter = this.#ready.shift()
      if (!letter) return
      const sending = this.#send(letter).finally(() => {
        this.#underWay.delete(sending)
        this.#work()
      })
      this.#underWay.add(sending)
    }
  }

  async #send(letter: Letter): Promise<void> {
    try {
      // Written once, however often it is sent: another time would make another token.
      const mail = letter.mail ?? (await letter.write())
      if (!mail) return
      letter.mail = mail
      await this.#deliver(mail)
      if (this.#outage) this.#log.info('Mail goes out again')
      this.#outage = false
    } catch (error) {
      if (isRefusal(error)) this.#log.error(reasonOf(error), 'The mail server refused a mail')
      else this.#tryAgain(letter, error)
    }
  }

  #tryAgain(letter: Letter, error: unknown): void {
    if (!this.#outage) this.#log.error(reasonOf(error), 'Mail does not go out; it is tried again')
    this.#outage = true
    const pause = this.#closing ? undefined : this.#pausesMs[letter.tries]
    letter.tries += 1
    if (pause !== undefined) this.#wait(letter, pause)
    else this.#log.error({ ...reasonOf(error), tries: letter.tries }, 'A mail is given up')
  }

  async #idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }
}
