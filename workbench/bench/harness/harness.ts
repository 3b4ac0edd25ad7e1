import { type Contestant, type Running, start } from './contestant.ts'
import { type DatabaseServer, openDatabaseServer } from './database.ts'
import { progress } from './progress.ts'
import { openRedis, type RedisServer } from './redis.ts'

/** What a question works with. */
export interface Harness {
  /** Only checks that everything runs. */
  quick: boolean
  database: DatabaseServer
  /** If undefined, its rows say that it wasn't measured. */
  redis: RedisServer | undefined
  /** Runs per contestant. The tables show their median, minimum and maximum. */
  rounds: number
  /** The length of one run. --quick counts requests instead. */
  seconds: number
  /** @returns the second number for --quick, which only checks that a benchmark runs */
  scale<T>(full: T, quick: T): T
  /** A number given as --name 1000. */
  option(name: string, fallback: number): number
  /** A line on standard error. */
  say(line: string): void
  /** Stopped at the end of the question at the latest. */
  start(contestant: Contestant): Promise<Running>
  /** Another local server, which removes expired documents this often, or the server in DATABASE_URL if set. */
  openDatabase(ttlSeconds: number): Promise<DatabaseServer>
  /** Stops a question's contestants. */
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
