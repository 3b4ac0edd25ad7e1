import type { Project, ProjectOptions } from '../project.ts'

/** One thing that goes wrong on a bad day, or must not. It throws when the project does not stand it. */
export interface Scenario extends ProjectOptions {
  name: string
  about: string
  /** Elections, rights and the cost of mongosh cannot be seen with a stand-in for MongoDB. */
  needsRealMongo?: boolean
  run(project: Project): Promise<void>
}
