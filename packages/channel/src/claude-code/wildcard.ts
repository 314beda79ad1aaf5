/** Whether a path with wildcards can complete to a protected one. */

/**
 * `*`, `?` and `[…]` stay inside one name, `**` crosses folders. Both folded and absolute.
 * @param hidden whether `**` crosses folders with a leading dot: a search does, a shell does not
 */
export function completesTo(pattern: string, path: string, hidden: boolean = false): boolean {
  return matches(segments(pattern.replace(/\[[^\]/]*\]/g, '?')), segments(path), hidden)
}

/** True where the pattern names the path, or something below it. */
function matches(pattern: readonly string[], path: readonly string[], hidden: boolean): boolean {
  const [first, ...rest] = pattern
  const [name, ...below] = path
  if (name === undefined) return true
  if (first === undefined) return false
  if (first === '**') {
    return matches(rest, path, hidden) || ((hidden || !name.startsWith('.')) && matches(pattern, below, hidden))
  }
  return matchesName(first, name) && matches(rest, below, hidden)
}

function matchesName(pattern: string, name: string): boolean {
  // As in a shell, a leading dot is matched by one that is written.
  if (name.startsWith('.') !== pattern.startsWith('.')) return false
  const source = pattern
    .replace(/\*+/g, '*')
    .split('')
    .map((unit) => (unit === '*' ? '[^]*?' : unit === '?' ? '[^]' : unit.replace(/[\\^$.|+()[\]{}]/, '\\$&')))
  // More stars than a name has use for would take long, and be there for nothing else.
  return source.filter((unit) => unit === '[^]*?').length <= 8 && new RegExp(`^${source.join('')}$`).test(name)
}

function segments(path: string): string[] {
  return path.split('/').filter((part, at, all) => part !== '' && !(part === '**' && all[at - 1] === '**'))
}
