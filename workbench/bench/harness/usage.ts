import { cpuMicroseconds } from './process-usage.ts'

/** Another process that serves the requests. */
export interface Behind {
  /** Its CPU time is counted. */
  pid: number | undefined
  commandsSoFar?(): Promise<number>
}

/** Per request; microseconds are CPU time. */
export interface Usage {
  /** Sent to MongoDB. Concurrent requests may share one. */
  commands: number
  appMicroseconds: number
  databaseMicroseconds: number
}

/** @param work returns how many requests it made */
export async function usageOf(
  pid: number,
  behind: Behind | undefined,
  work: () => Promise<number>,
): Promise<Usage> {
  const commands = async () => (await behind?.commandsSoFar?.()) ?? Number.NaN
  const time = () => [cpuMicroseconds(pid), cpuMicroseconds(behind?.pid)] as const
  const commandsBefore = await commands()
  const [app, database] = time()
  const requests = await work()
  const [appAfter, databaseAfter] = time()
  return {
    commands: ((await commands()) - commandsBefore) / requests,
    appMicroseconds: (appAfter - app) / requests,
    databaseMicroseconds: (databaseAfter - database) / requests,
  }
}
