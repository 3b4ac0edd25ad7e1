import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { KeyboardPerson } from './keyboard-person.ts'
import { Person } from './person.ts'
import { problemsOf } from './problems.ts'

/** Opens a browser, by default with a new profile, and returns the person who uses it. */
export type Arrive = (
  options?: BrowserContextOptions,
  open?: (options: BrowserContextOptions) => Promise<BrowserContext>,
) => Promise<Person>

type Tell = (arrive: Arrive) => Promise<void>

export interface Stage {
  browser: Browser
  /** The app's URL. */
  address: string
}

const ways = [
  { way: 'with a mouse', kind: Person, options: {} },
  { way: 'without JavaScript', kind: Person, options: { javaScriptEnabled: false } },
  { way: 'by keyboard alone', kind: KeyboardPerson, options: {} },
]

/** A test that runs three times: with a mouse, without JavaScript, and with only the keyboard. */
export function story(name: string, stage: Stage, tell: Tell): void {
  describe(name, () => {
    for (const { way, kind, options } of ways)
      test(way, () => perform(`${name} ${way}`, stage, tell, kind, options))
  })
}

/** A test that runs once, with a mouse. */
export function scene(name: string, stage: Stage, tell: Tell): void {
  test(name, () => perform(name, stage, tell))
}

/** Also fails if a page had a problem. A failure keeps a trace and screenshots in test-results/. */
async function perform(
  name: string,
  { browser, address }: Stage,
  tell: Tell,
  kind = Person,
  common: BrowserContextOptions = {},
) {
  const opened: BrowserContext[] = []
  const problems: (readonly string[])[] = []
  const arrive: Arrive = async (options, open = (all) => browser.newContext(all)) => {
    const context = await open({ ...common, ...options })
    opened.push(context)
    problems.push(problemsOf(context))
    context.setDefaultTimeout(8000)
    await context.tracing.start({ snapshots: true })
    return await Person.at(context, address, kind)
  }
  try {
    await tell(arrive)
    assert.deepEqual(problems.flat(), [], 'no console errors, violations or failed requests')
  } catch (error) {
    await Promise.all(
      opened.map((context, index) => keep(context, join('test-results', `${fileName(name)}-${index}`))),
    )
    throw error
  } finally {
    await Promise.all(opened.map(leave))
  }
}

/** A context closed while tracing would leave its trace in the temporary folder. */
async function leave(context: BrowserContext): Promise<void> {
  await context.tracing.stop().catch(() => {})
  await context.close()
}

/** A context that the test has closed has no pages left. */
async function keep(context: BrowserContext, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await context
    .pages()[0]
    ?.screenshot({ path: join(folder, 'page.png'), fullPage: true })
    .catch(() => {})
  await context.tracing.stop({ path: join(folder, 'trace.zip') }).catch(() => {})
  console.error(`See ${folder}: page.png, and trace.zip with: npx playwright-core show-trace`)
}

function fileName(name: string): string {
  return name.replace(/\W+/g, '-').toLowerCase()
}
