const mention = /workbench/i

/**
 * Removes the workbench from a document: sections whose heading mentions it, table cells, list items and sentences. So
 * documents must mention it only in separate sentences.
 */
export function withoutMentions(document: string): string {
  return document
    .split(/(?=^#+ )/m)
    .filter((section) => !mention.test(section.split('\n', 1)[0] ?? ''))
    .map((section) =>
      section
        .split(/\n{2,}/)
        .flatMap(withoutMentionsInBlock)
        .join('\n\n'),
    )
    .join('')
    .replace(/\s*$/, '\n')
}

/** @returns the block, or nothing if nothing worth reading is left */
function withoutMentionsInBlock(block: string): string[] {
  if (!mention.test(block)) return [block]
  if (block.startsWith('|')) {
    const rows = block.split('\n').flatMap(withoutCells)
    return rows.length > 2 ? [rows.join('\n')] : []
  }
  const lines = /^(```| {4})/.test(block)
    ? block.split('\n').filter((line) => !mention.test(line))
    : block.split(/\n(?=- |\d+\. )/).flatMap(withoutSentences)
  return lines.length > 0 ? [lines.join('\n')] : []
}

/** Removes a row about the workbench, but keeps one that only cites it as proof, without the citation. */
function withoutCells(row: string): string[] {
  const cells = row.split(/(?<!\\)\|/)
  return mention.test(cells[1] ?? '')
    ? []
    : [cells.map((cell) => (mention.test(cell) ? ' ' : cell)).join('|')]
}

function withoutSentences(text: string): string[] {
  if (!mention.test(text)) return [text]
  const kept = text.split(/(?<=[.!?][)*`]*)\s+(?=[A-Z`*[(])/).filter((sentence) => !mention.test(sentence))
  return kept.length > 0 ? [kept.join(' ')] : []
}
