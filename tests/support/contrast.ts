/** Finds text of a page that stands out too little from what is behind it (WCAG 2.2, 1.4.3: 4.5 to 1). */
import type { Page } from 'playwright-core'

const LEAST = 4.5

/** @returns each such text with its ratio; text of controls that can't be used does not count */
export async function findFaintText(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    if (!context) return ['no canvas']
    const parse = (text: string): Colour => {
      context.clearRect(0, 0, 1, 1)
      context.fillStyle = text
      context.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
      return [red, green, blue, alpha / 255]
    }
    const over = (front: Colour, back: Colour): Colour => {
      const mix = (at: 0 | 1 | 2) => front[at] * front[3] + back[at] * (1 - front[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const behind = (element: Element | null): Colour => {
      if (!element) return [255, 255, 255, 1]
      const colour = parse(getComputedStyle(element).backgroundColor)
      return colour[3] === 1 ? colour : over(colour, behind(element.parentElement))
    }
    const luminance = ([red, green, blue]: Colour) => {
      const part = (value: number) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4)
      return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }
    const faint = new Set<string>()
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { textContent, parentElement: element } = texts.currentNode
      if (!element || !textContent?.trim() || element.closest('script, noscript, .visually-hidden, :disabled')) continue
      const back = behind(element)
      const front = over(parse(getComputedStyle(element).color), back)
      const [high = 0, low = 0] = [luminance(front), luminance(back)].sort((one, other) => other - one)
      const ratio = (high + 0.05) / (low + 0.05)
      if (ratio < least) faint.add(`${ratio.toFixed(2)} ${element.className} "${textContent.slice(0, 30)}"`)
    }
    return [...faint]
  }, LEAST)
}
