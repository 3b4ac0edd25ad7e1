import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
/** From the smallest phone to a full screen, in CSS pixels. */
const widths = [320, 360, 1280, 1920]

/**
 * Asserts that axe finds no problem in either color scheme, nothing is wider than the window, and nothing moved while the
 * page was loading.
 */
export async function assertFlawless(page: Page): Promise<void> {
  // Runs outside the page, like a debugger, so the Content-Security-Policy still applies.
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    assert.deepEqual(await violations(page), [], `axe in ${colorScheme} colours`)
  }
  assert.deepEqual(await page.evaluate(layoutShifts), [], 'something moved while the page was loading')
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 })
    const excess = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(excess, 0, `something is too wide for ${width} pixels`)
  }
}

async function violations(page: Page): Promise<string[]> {
  const options: RunOptions = { resultTypes: ['violations'] }
  const results: AxeResults = await page.evaluate(`axe.run(${JSON.stringify(options)})`)
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** By how much the layout shifted, and what moved: https://web.dev/articles/cls */
const layoutShifts = `new Promise((resolve) => {
  const shifts = []
  const described = ({ node, previousRect, currentRect }) =>
    [node?.outerHTML?.slice(0, 100) ?? node?.textContent, JSON.stringify(previousRect), JSON.stringify(currentRect)].join(' ')
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput && value > 0) shifts.push({ value, moved: sources.map(described) })
  }).observe({ type: 'layout-shift', buffered: true })
  requestAnimationFrame(() => setTimeout(() => resolve(shifts)))
})`
