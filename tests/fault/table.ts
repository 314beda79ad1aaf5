/** What the fault run prints: a line a run, and for a broken promise the first events it was broken to. */
import type { RunResult } from './run-one.ts'

const SHOWN = 5
const COLUMNS = ['acknowledged', 'delivered', 'repeated', 'lost', 'twice unlabelled', 'out of order', 'kills', 's']

/** True where every promise was kept. */
export function isKept(result: RunResult): boolean {
  const { lost, unanswered, twice, disordered, altered, problems } = result
  return [lost, unanswered, twice, disordered, altered, problems].every((list) => list.length === 0)
}

export function renderTable(results: readonly RunResult[]): string {
  const rows = results.map((result) => [
    result.name,
    ...[result.acknowledged, result.delivered, result.repeated].map(String),
    ...[result.lost, result.twice, result.disordered].map(({ length }) => String(length)),
    ...[String(result.kills), result.seconds.toFixed(0)],
  ])
  const all = [['', ...COLUMNS], ...rows]
  const widths = ['', ...COLUMNS].map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  return all
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => `${row.join('  ')}\n`)
    .join('')
}

/** Empty for a run that kept every promise. */
export function renderProblems(result: RunResult): string {
  if (isKept(result)) return ''
  const lists = {
    lost: result.lost,
    'never answered': result.unanswered,
    'twice unlabelled': result.twice,
    'out of order': result.disordered,
  }
  const lines = Object.entries({ ...lists, altered: result.altered }).flatMap(([what, ids]) =>
    ids.length === 0 ? [] : [`  ${what}: ${ids.slice(0, SHOWN).join(', ')}${ids.length > SHOWN ? ', …' : ''}`],
  )
  const said = result.notices.map((notice) => `    ${notice}`)
  return [`${result.name}:`, ...lines, ...result.problems.map((problem) => `  ${problem}`), ...said, ''].join('\n')
}
