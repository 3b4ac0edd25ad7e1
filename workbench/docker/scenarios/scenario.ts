import type { Project, ProjectOptions } from '../project.ts'

/** One thing that can go wrong, or must not. Throws if the project doesn't handle it. */
export interface Scenario extends ProjectOptions {
  name: string
  about: string
  /** A stand-in for MongoDB can't show elections, permissions or the cost of mongosh. */
  needsRealMongo?: boolean
  run(project: Project): Promise<void>
}
