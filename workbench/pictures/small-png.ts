import sharp from 'sharp'

/** The same picture with a palette of 256 colors, a third of the size or less: right for pages, wrong for photographs. */
export function smallPng(png: Buffer): Promise<Buffer> {
  return sharp(png).png({ palette: true, dither: 0, effort: 10, compressionLevel: 9 }).toBuffer()
}
