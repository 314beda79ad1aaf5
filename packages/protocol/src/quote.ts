/** Foreign text inside a sentence for people: bounded, and free of what moves a terminal's cursor or turns its writing. */

const LONGEST = 60
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** At most 60 characters and an ellipsis; control, format and half characters as `\u{…}`. */
export function clip(text: string): string {
  const head = [...text.slice(0, 2 * LONGEST)].slice(0, LONGEST).join('')
  const shown = head.replace(UNSHOWN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  return head.length < text.length ? `${shown}…` : shown
}
