/** Times and snippets as people read them. */

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })

export function renderTime(ts: number): string {
  return TIME.format(ts)
}

export function renderFullTime(ts: number): string {
  return FULL.format(ts)
}

export function renderDay(ts: number): string {
  return DAY.format(ts)
}

/** One line of at most `length` characters. */
export function renderSnippet(text: string, length = 90): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const characters = [...line.slice(0, length * 2)]
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : line
}
