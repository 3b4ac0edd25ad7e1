import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A browser with one window and a fresh profile. Elements are named by XPath, which every protocol here speaks. */
export interface Window {
  open(address: string): Promise<void>
  /** In the place of what the field holds. */
  type(field: string, text: string): Promise<void>
  /** What leads to another page, which may still be on its way. */
  click(element: string): Promise<void>
  /** What stays on this one. */
  unfold(element: string): Promise<void>
  back(): Promise<void>
  address(): Promise<string>
  /** What a person sees. */
  text(): Promise<string>
  close(): Promise<void>
}

export interface Engine {
  readonly name: string
  /** Undefined when all that it needs is here, or else what to type. */
  readonly missing: string | undefined
  launch(options?: { keepsCookies?: boolean }): Promise<Window>
}

/** The first of these programs on the PATH, or of these paths. */
export function programOf(...names: string[]): string | undefined {
  const folders = process.env.PATH?.split(delimiter) ?? []
  return names
    .flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
    .find((path) => existsSync(path))
}
