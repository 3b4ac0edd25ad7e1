import assert from 'node:assert/strict'
import { themeColors } from '../../src/web/files.ts'
import { startTestApp } from '../support/app.ts'
import { openBrowser } from './support/browser.ts'
import { scene } from './support/story.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }
const colors = themeColors()

for (const [system, chosen] of [
  ['light', 'dark'],
  ['dark', 'light'],
] as const)
  scene(`data-theme="${chosen}" on a page wins over a ${system} system`, stage, async (arrive) => {
    const { page } = await arrive({ colorScheme: system, reducedMotion: 'reduce' })
    await page.goto(`${app.address}/login`)
    assert.deepEqual(await page.evaluate(looks), hexToRgb(colors[system]))
    await page.evaluate(`document.documentElement.dataset.theme = '${chosen}'`)
    assert.deepEqual(await page.evaluate(looks), hexToRgb(colors[chosen]))
  })

/** The colors of the page, a button, a field and a label. */
const looks = `[
  ['html', 'backgroundColor'], ['main button[type=submit]', 'backgroundColor'], ['input[type=email]', 'backgroundColor'],
  ['label', 'color'],
].map(([selector, property]) => getComputedStyle(document.querySelector(selector))[property])`

function hexToRgb({ surface, accent, card, text }: Record<string, string>): string[] {
  return [surface, accent, card, text].map((hex = '') => {
    const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
    return `rgb(${parts.join(', ')})`
  })
}
