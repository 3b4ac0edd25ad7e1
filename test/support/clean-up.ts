import { after } from 'node:test'

type Undo = () => unknown

const undos: Undo[] = []

// Here, so that it belongs to the file: inside a test it would run after that test.
after(undoAll)

/** Runs after the file's tests, the last registered first: what was started on top of something stops before it. */
export function cleanUp(undo: Undo): void {
  undos.push(undo)
}

async function undoAll(): Promise<void> {
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo()
}
