/** Computed from public/theme.css, so they also check your own colors. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { themeColors } from '../../src/web/files.ts'

const papers = ['surface', 'card', 'tint']
const themes = Object.entries(themeColors())

test('the focus is visible on every background, at 3:1 in both themes (WCAG 1.4.11)', () => {
  assertContrast(3, [...papers.map((paper): Pair => ['highlight-text', paper]), ['hero-accent', 'hero']])
})

test('the borders of fields and buttons are visible at 3:1 in both themes (WCAG 1.4.11)', () => {
  assertContrast(3, [
    ['field', 'surface'],
    ['field', 'card'],
    ['danger', 'surface'],
    ['danger', 'card'],
    ['hero-text', 'hero'],
  ])
})

test('text has a contrast of 4.5:1 in both themes (WCAG 1.4.3)', () => {
  const words = ['text', 'muted', 'link', 'danger', 'highlight-text']
  assertContrast(4.5, [
    ...words.flatMap((word) => ['surface', 'card'].map((paper): Pair => [word, paper])),
    ['text', 'tint'],
    ['highlight-text', 'tint'],
    ['accent-text', 'accent'],
    ['card', 'danger'],
    ['hero-text', 'hero'],
    ['hero-accent', 'hero'],
    ['hero-accent-text', 'hero-accent'],
    ['code-text', 'code'],
  ])
})

test('no style sheet or page except theme.css defines a color', () => {
  const files = ['public', 'views'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  const ours = files.filter((file) => /\.(css|ejs)$/.test(file) && !/pico|theme\.css/.test(file))
  assert.ok(ours.length > 0)
  for (const file of ours)
    assert.doesNotMatch(
      readFileSync(file, 'utf8'),
      /[\s(:"]#([\da-f]{3,4}){1,2}\b|\b(rgb|hsl|oklch)a?\(/i,
      file,
    )
})

/** Foreground and background. */
type Pair = readonly [string, string]

function assertContrast(least: number, pairs: readonly Pair[]): void {
  for (const [theme, colors] of themes)
    for (const [front, back] of pairs) {
      const ratio = contrast(colors[front], colors[back])
      assert.ok(ratio >= least, `${theme}: ${front} on ${back} is ${ratio.toFixed(2)}:1, not ${least}:1`)
    }
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string | undefined, other: string | undefined): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color = ''): number {
  assert.match(color, /^#[\da-f]{6}$/i)
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
