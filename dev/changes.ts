import { watch } from 'chokidar'

interface Change {
  kind: 'changed'
  file: string
}

export interface Changes {
  /** Resolves at the first change from now on. */
  fromNowOn(): Promise<Change>
}

const quiet = 100 // ms without another change, because an editor or a checkout writes several files

/** Watches files and folders, including ones that don't exist yet. */
export function watchForChanges(paths: string[]): Changes {
  let tell: (change: Change) => void = () => {}
  let timer: NodeJS.Timeout | undefined
  const isTemporary = (path: string) => /~$|\.sw[a-z]$/.test(path)
  watch(paths, { ignoreInitial: true, ignored: isTemporary })
    .on('all', (_, file) => {
      clearTimeout(timer)
      timer = setTimeout(() => tell({ kind: 'changed', file }), quiet)
    })
    .on('error', (error) => console.error(`Can't watch for changes: ${String(error)}`))
  return {
    fromNowOn() {
      clearTimeout(timer)
      return new Promise((resolve) => {
        tell = resolve
      })
    },
  }
}
