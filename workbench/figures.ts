import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { project, readProjectFile } from './support/project.ts'

// The benchmarks' figures that documents quote: npm run figures writes them there, and a test compares them.

/** A sentence in a document. Each # is a figure from the benchmark's answer, in the order of the pattern's groups. */
const sentences = [
  {
    file: 'README.md',
    sentence: 'After # sessions its heap had grown by # MB, and by # MB with our store.',
    benchmark: 'memory-store-leaks',
    figures: /After ([\d,]+) sessions,? MemoryStore holds ([\d,.]+) MB .* has grown by ([\d,.]+) MB/,
  },
  {
    file: 'README.md',
    sentence: "With two processes, only #% of signed-in users' requests were recognized.",
    benchmark: 'one-process',
    figures: /With MemoryStore,? ([\d.]+) ?%/,
  },
  {
    file: 'README.md',
    sentence: 'it reads sessions # times as fast as our store, and writes them # times as fast.',
    benchmark: 'stores',
    figures: /When reading.*? is ([\d.]+) times as fast as ours.*When writing.*? is ([\d.]+) times/,
  },
  {
    file: 'docs/sessions.md',
    sentence: 'With 32 concurrent requests, a dashboard page takes # commands on average.',
    benchmark: 'ladder',
    figures: /takes [\d.]+, with ([\d.]+) commands (?:a|per) page/,
  },
  {
    file: 'README.md',
    sentence: 'Of # expired sessions, the TTL index left #. MemoryStore kept #.',
    benchmark: 'removal-by-max-age',
    figures:
      /Of ([\d,]+) (?:expired )?sessions.* left (\d+)(?:, and|\.) MemoryStore (?:holds|kept) ([\d,]+)[:,]/,
  },
]

/** @returns the documents, with the benchmarks' figures filled in */
export function withFigures(): Map<string, string> {
  const texts = new Map<string, string>()
  for (const { file, sentence, benchmark, figures } of sentences) {
    const { answer } = JSON.parse(readProjectFile(`workbench/benchmarks/${benchmark}.json`))
    const measured = figures.exec(answer.sentences)?.slice(1)
    if (!measured) throw new Error(`The answer of ${benchmark} has no figures like ${figures}`)
    const text = texts.get(file) ?? readProjectFile(file)
    const written = patternOf(sentence)
    if (!written.test(text)) throw new Error(`${file} has no sentence “${sentence}”`)
    texts.set(
      file,
      text.replace(
        written,
        sentence.replaceAll('#', () => measured.shift() ?? '#'),
      ),
    )
  }
  return texts
}

/** @returns what looks like a measurement in the document but isn't in a sentence above */
export function strayFigures(file: string): string[] {
  const text = sentences.reduce(
    (text, { sentence }) => text.replace(patternOf(sentence), ''),
    readProjectFile(file),
  )
  return text.match(/[\d.,]+ ?(MB|µs|%)(?!\w)|[\d.,]+ times as \w+|[\d.,]+ \S+ per second/g) ?? []
}

function patternOf(sentence: string): RegExp {
  return new RegExp(sentence.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('#', '[\\d,.]*\\d'))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [file, text] of withFigures()) writeFileSync(join(project, file), text)
