/** Times and snippets as people read them. */

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const DAY_OF_ANOTHER_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })

export function renderTime(ts: number): string {
  return TIME.format(ts)
}

export function renderFullTime(ts: number): string {
  return FULL.format(ts)
}

export function renderDay(ts: number): string {
  const isThisYear = new Date(ts).getFullYear() === new Date().getFullYear()
  return (isThisYear ? DAY : DAY_OF_ANOTHER_YEAR).format(ts)
}

/** One line of at most `length` characters. */
export function renderSnippet(text: string, length = 90): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const characters = [...line.slice(0, length * 2)]
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : line
}
