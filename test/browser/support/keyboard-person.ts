import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { Person } from './person.ts'

const farthest = 60 // stops of the Tab key, more than any page has

/** Someone without a mouse, who uses Tab and Enter, and Space for checkboxes. */
export class KeyboardPerson extends Person {
  override async type(label: string, text: string): Promise<void> {
    await this.#goTo(this.page.getByLabel(label, { exact: true }))
    // Replaces the content, which isn't selected if the field had the focus from the start.
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.type(text)
  }

  override async toggle(label: string): Promise<void> {
    await this.#goTo(this.page.getByLabel(label))
    await this.page.keyboard.press('Space')
  }

  protected override async act(element: Locator): Promise<void> {
    await this.#goTo(element)
    await this.page.keyboard.press('Enter')
  }

  async #goTo(element: Locator): Promise<void> {
    await element.waitFor({ timeout: 5000 })
    for (let stop = 0; stop < farthest; stop++) {
      if (await element.evaluate((node) => node === node.ownerDocument.activeElement)) {
        const outline = await element.evaluate(
          (node) => node.ownerDocument.defaultView.getComputedStyle(node).outline,
        )
        assert.match(outline, /solid/, `${element} shows no sign that it has the focus`)
        return
      }
      await this.page.keyboard.press('Tab')
    }
    assert.fail(`Tab does not reach ${element}`)
  }
}
