import { type Contestant, type Running, start } from './contestant.ts'
import { type DatabaseServer, openDatabaseServer } from './database.ts'
import { progress } from './progress.ts'
import { openRedis, type RedisServer } from './redis.ts'

/** What a question has to work with. */
export interface Harness {
  /** Only finds out whether everything runs. */
  quick: boolean
  database: DatabaseServer
  /** Undefined: its rows say that it was not measured. */
  redis: RedisServer | undefined
  /** Runs of each contestant; the tables show their median, least and largest. */
  rounds: number
  /** How long one run takes; --quick counts requests instead. */
  seconds: number
  /** The second for --quick, which finds out whether a bench runs and not how fast anything is. */
  scale<T>(full: T, quick: T): T
  /** A number given as --name 1000. */
  option(name: string, fallback: number): number
  /** A line on standard error. */
  say(line: string): void
  /** Started for this question, and ended with it at the latest. */
  start(contestant: Contestant): Promise<Running>
  /** Another local server, which removes expired documents this often; the one of DATABASE_URL when that is set. */
  openDatabase(ttlSeconds: number): Promise<DatabaseServer>
  /** Ends the contestants of a question. */
  endContestants(): Promise<void>
  close(): Promise<void>
}

export async function openHarness(
  quick: boolean,
  options: Record<string, string | undefined>,
): Promise<Harness> {
  const running: Running[] = []
  const database = await openDatabaseServer()
  const redis = await openRedis()
  const open: { stop(): Promise<void> }[] = [database, ...(redis ? [redis] : [])]
  const endContestants = async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()))
  }
  return {
    quick,
    database,
    redis,
    rounds: quick ? 1 : 5,
    seconds: 2,
    scale: (full, little) => (quick ? little : full),
    option: (name, fallback) => Number(options[name] ?? fallback),
    say: progress,
    start: async (contestant) => {
      progress(`starts ${contestant.name}`)
      const one = await start(contestant)
      running.push(one)
      return one
    },
    openDatabase: async (ttlSeconds) => {
      const another = await openDatabaseServer(ttlSeconds)
      open.push(another)
      return another
    },
    endContestants,
    close: async () => {
      await endContestants()
      for (const one of open.splice(0)) await one.stop()
    },
  }
}
