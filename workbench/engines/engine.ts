import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A browser with one window and a fresh profile. Elements are found by XPath, which all protocols here support. */
export interface Window {
  open(address: string): Promise<void>
  /** Replaces the field's value. */
  type(field: string, text: string): Promise<void>
  /** Clicks a link or button that leads to another page, which may still be loading. */
  click(element: string): Promise<void>
  /** Clicks without leaving the page. */
  unfold(element: string): Promise<void>
  back(): Promise<void>
  address(): Promise<string>
  /** The visible text. */
  text(): Promise<string>
  close(): Promise<void>
}

export interface Engine {
  readonly name: string
  /** How to install what is missing; undefined if nothing is. */
  readonly missing: string | undefined
  launch(options?: { keepsCookies?: boolean }): Promise<Window>
}

/** The first program found. @param names names on the PATH, or absolute paths */
export function programOf(...names: string[]): string | undefined {
  const folders = process.env.PATH?.split(delimiter) ?? []
  return names
    .flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find((path) => existsSync(path))
}
