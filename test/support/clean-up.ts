import { after } from 'node:test'

type Undo = () => unknown

const undos: Undo[] = []

// Registered here, so that it runs after the file; inside a test it would run after that test.
after(undoAll)

/** Runs after the file's tests, in reverse order of registration. */
export function cleanUp(undo: Undo): void {
  undos.push(undo)
}

async function undoAll(): Promise<void> {
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo()
}
