/** The problem with the command, and a corrected part of it. */
export class Refusal extends Error {
  readonly wrong: string
  readonly right: string

  constructor(what: string, wrong: string, right: string) {
    super(what)
    this.wrong = wrong
    this.right = right
  }
}

/** @throws {Refusal} */
export function refuse(what: string, wrong: string, right: string): never {
  throw new Refusal(what, wrong, right)
}
