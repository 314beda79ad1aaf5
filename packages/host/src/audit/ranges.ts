/** Sets of file numbers in few characters, as an opening line has them: `1-57,59-130`. */

export type Range = readonly [first: number, last: number]

const FORM = /^(?:\d{1,10}(?:-\d{1,10})?(?:,\d{1,10}(?:-\d{1,10})?)*)?$/

/** @returns nothing for what is no list of ranges */
export function parseRanges(text: string): readonly Range[] {
  if (!FORM.test(text) || text === '') return []
  return text
    .split(',')
    .map((part) => part.split('-').map(Number))
    .map(([first = 0, last = first]): Range => [first, last])
    .filter(([first, last]) => first > 0 && first <= last)
}

export function renderRanges(ranges: readonly Range[]): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

export function isIn(ranges: readonly Range[], number: number): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last)
}

/** In order, with neighbours joined. */
export function addToRanges(ranges: readonly Range[], numbers: readonly number[]): readonly Range[] {
  const all = [...ranges, ...numbers.map((number): Range => [number, number])].sort(([one], [other]) => one - other)
  const joined: [number, number][] = []
  for (const [first, last] of all) {
    const before = joined.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else joined.push([first, last])
  }
  return joined
}
