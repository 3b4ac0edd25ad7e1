/**
 * npm run icons: draws the bitmap icons and the social picture from public/icon.svg and the style sheets. Run it when the
 * mark or the colors change. In the mark, data-fill and data-stroke name a color in theme.css.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { styleSheets, themeColors } from '../support/app.ts'
import { chromiumOrExit } from '../support/development.ts'
import { project, readProjectFile } from '../support/project.ts'
import { smallPng } from './small-png.ts'

save('icon.svg', painted(read('icon.svg')))
const browser = await chromium.launch({ executablePath: chromiumOrExit() })
const page = await browser.newPage()
save('favicon.ico', ico(await mark(page, 32), 32))
// Phones round the corners, and would show transparent ones in black.
save('apple-touch-icon.png', await smallPng(await mark(page, 180, 'rect { rx: 0 }')))
save('social.png', await smallPng(await social(page)))
await browser.close()

/** In the theme's light colors, because bars and tabs ignore the color scheme. */
function painted(svg: string): string {
  return svg.replace(/data-(fill|stroke)="([\w-]+)" \1="[^"]*"/g, (_, property, name) => {
    const color = themeColors().light[name]
    if (!color) throw new Error(`public/icon.svg names ${name}, which public/theme.css does not have`)
    return `data-${property}="${name}" ${property}="${color}"`
  })
}

/** The mark, in a square of `size` pixels. */
async function mark(page: Page, size: number, style = ''): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>body { margin: 0 } svg { display: block } ${style}</style>${read('icon.svg')}`,
  )
  return await page.screenshot({ omitBackground: true })
}

/** The preview of a link in a chat: the front page, 1200 by 630. It has no app name, so that forks can keep it. */
async function social(page: Page): Promise<Buffer> {
  await page.setViewportSize({ width: 1200, height: 630 })
  const styles = styleSheets.map((file) => `<style>${read(file)}</style>`)
  await page.setContent(`<!doctype html>${styles.join('')}
    <style>
      :root:root { --pico-font-size: 125%; --space: 1.5rem }
      body { min-height: 0 }
      .cards > li { border-color: transparent; background: none }
      .hero.front { display: grid; align-content: center; height: 25.75rem }
      .front > h1 { font-size: 5.25rem }
      body > main { padding-block: 1.5rem }
    </style>
    <main>
      <section class="hero front"><h1>Sign in once.<br>Stay signed in.</h1></section>
      <ul class="cards drawn"><li></li><li></li><li></li></ul>
    </main>`)
  return await page.screenshot()
}

/** An ICO file can contain a PNG, after a 22-byte header. */
function ico(png: Buffer, size: number): Buffer {
  const header = Buffer.alloc(22)
  header.writeUInt16LE(1, 2) // an icon
  header.writeUInt16LE(1, 4) // one picture
  header.writeUInt8(size, 6)
  header.writeUInt8(size, 7)
  header.writeUInt16LE(1, 10) // color planes
  header.writeUInt16LE(32, 12) // bits per pixel
  header.writeUInt32LE(png.length, 14)
  header.writeUInt32LE(header.length, 18)
  return Buffer.concat([header, png])
}

function read(file: string): string {
  return readProjectFile(`public/${file}`)
}

function save(file: string, content: Buffer | string): void {
  writeFileSync(join(project, 'public', file), content)
  console.log(`public/${file}  ${content.length} bytes`)
}
