import assert from 'node:assert/strict'
import type { BrowserContext, Locator, Page } from 'playwright-core'

/** Someone at a browser, who finds things by their visible labels and names. */
export class Person {
  readonly page: Page
  readonly #address: string

  /** @param address of the app */
  constructor(page: Page, address: string) {
    this.page = page
    this.#address = address
  }

  static async at(context: BrowserContext, address: string, kind: typeof Person = Person): Promise<Person> {
    return new kind(context.pages()[0] ?? (await context.newPage()), address)
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.#address + path)
  }

  async type(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text)
  }

  /** Toggles a checkbox. */
  async toggle(label: string): Promise<void> {
    await this.page.getByLabel(label).click()
  }

  /** Presses the first button with this name in the content, or in the header. */
  async press(name: string): Promise<void> {
    await this.activate(this.#named('button', name))
  }

  async follow(name: string): Promise<void> {
    await this.activate(this.#named('link', name))
  }

  /** Opens the menu or question that contains the element, and acts on it. */
  protected async activate(element: Locator): Promise<void> {
    await element.waitFor({ state: 'attached', timeout: 5000 })
    const folded = element.locator('xpath=ancestor::details[not(@open)][1]/summary')
    if ((await folded.count()) > 0) await this.act(folded)
    await this.act(element)
  }

  protected async act(element: Locator): Promise<void> {
    await element.click()
  }

  async sees(text: string): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 5000 })
  }

  async seesHeading(name: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 5000 })
  }

  async isAt(path: string): Promise<void> {
    await this.page.waitForURL(this.#address + path, { timeout: 5000 })
  }

  async doesNotSee(text: string): Promise<void> {
    assert.ok(!(await this.page.content()).includes(text), `${this.page.url()} shows "${text}"`)
  }

  #named(role: 'button' | 'link', name: string): Locator {
    const named = { name, includeHidden: true }
    const content = this.page.getByRole('main').getByRole(role, named)
    return content.or(this.page.getByRole('banner').getByRole(role, named)).last()
  }
}
