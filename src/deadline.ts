/** The work took longer than its deadline; it may still finish later, unseen. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/**
 * The longest wait for one answer of MongoDB, in milliseconds. The driver's own limits add up to more, and a network
 * that swallows bytes is only noticed by the clock. Below 3 s, so that a page says "try again" within 3 s.
 */
export const databaseDeadlineMs = 2_500

/** @throws {DeadlineError} when the work has not settled after `ms` milliseconds */
export async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`No answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
