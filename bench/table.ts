/** Renders results as Markdown that reads well in a terminal too. */
import type { AgentCosts } from './agents/agents.ts'
import type { ApprovalCosts } from './approval/approval.ts'
import type { JobResult, Results, Row } from './bench.ts'
import type { Part } from './figures/figure.ts'
import type { HubCosts } from './hub/hub.ts'
import type { JournalCosts } from './journal/journal.ts'
import { OPERATIONS, type Times } from './journal/operations.ts'
import { median, quantile, ratios, type Spread } from './statistics.ts'
import type { Variant } from './subjects.ts'

const TITLES: Readonly<Record<Variant, string>> = {
  bare: 'bare SDK server',
  process: 'plugin, `process`',
  power: 'plugin, `power`',
  receipts: 'plugin, `process`, receipts',
}

export function renderResults(results: Results): string {
  const parts = [
    '# Results of the bench',
    'Made by `npm run bench`; how to read it, and why it is measured this way: [decision 0007](../docs/decisions/0007-how-speed-is-measured.md). Where time and memory go, and what a missed target would need: [decision 0014](../docs/decisions/0014-where-the-time-goes.md).',
    ...(results.quick ? ['**A quick run: it shows that everything works. Its numbers mean nothing.**'] : []),
    renderMachine(results),
    ...results.jobs.map(renderJob),
    ...(results.journal.length > 0 ? [renderJournal(results.journal)] : []),
    ...(results.approval ? [renderApproval(results.approval)] : []),
    ...(results.hub.length > 0 ? [renderHub(results.hub)] : []),
    ...(results.agents.length > 0 ? [renderAgents(results.agents)] : []),
    ...(results.problems.length > 0
      ? [
          ['## Not measured', ...results.problems.map((problem) => `- ${problem.replace(/\s*\n\s*/g, ' ⏎ ')}`)].join(
            '\n',
          ),
        ]
      : []),
  ]
  return `${parts.join('\n\n')}\n`
}

function renderMachine({ machine, rounds, seconds }: Results): string {
  const { processor, cores, memory, system, flush, node, bun, sdk, load } = machine
  return [
    `- ${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memory} GB of memory; ${system}`,
    `- a flush of 4 KB to the disk (\`fdatasync\`): ${renderNumber(flush)} µs`,
    `- Node ${node}, Bun ${bun}, MCP SDK ${sdk}`,
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'} in ${Math.round(seconds)} s, on ${new Date().toISOString().slice(0, 10)}; load per core before it: ${load.toFixed(2)}`,
  ].join('\n')
}

function renderJob({ job, runtime, variants, journal, rows }: JobResult): string {
  const ours = variants.filter((variant) => variant !== 'bare')
  const head = ['figure', 'unit', TITLES.bare, ...ours.map((variant) => TITLES[variant]), 'target', 'verdict']
  const lines = rows.map((row) => [
    row.part.label === '' ? row.title : `${row.title}: ${row.part.label}`,
    row.unit,
    renderValue(row, 'bare'),
    ...ours.map((variant) => `${renderValue(row, variant)}${renderRatio(ratioOf(row, variant))}`),
    renderTarget(row.part),
    verdict(row),
  ])
  const stores = journal ? 'the plugin stores every event' : '**the plugin kept no journal in this run**'
  return `## ${job} on ${runtime === 'node' ? 'Node' : 'Bun'}\n\nBeside each value its ratio to the bare server's of the same round, median and least–most. The bare server stores nothing; ${stores}.\n\n${renderTable(head, lines)}`
}

function renderJournal(costs: readonly JournalCosts[]): string {
  const sizes = [...new Set(costs.map(({ stored }) => stored))]
  const runtimes = [...new Set(costs.map(({ runtime }) => runtime))]
  const least = sizes[0] ?? 0
  const most = sizes.at(-1) ?? 0
  const head = [
    'µs, median',
    ...runtimes.flatMap((runtime) => [
      ...sizes.map((stored) => `${runtime}, ${stored.toLocaleString('en')} stored`),
      '× most to least',
    ]),
  ]
  const line = (label: string, key: keyof Times, durability: JournalCosts['durability']): string[] => {
    const at = (runtime: string, stored: number): number => {
      const found = costs.find(
        (one) => one.runtime === runtime && one.stored === stored && one.durability === durability,
      )
      return found?.times[key] ?? Number.NaN
    }
    return [
      label,
      ...runtimes.flatMap((runtime) => [
        ...sizes.map((stored) => renderNumber(at(runtime, stored))),
        (at(runtime, most) / at(runtime, least)).toFixed(2),
      ]),
    ]
  }
  const lines = OPERATIONS.flatMap(({ key, label }) => {
    // Only an acknowledged append waits for the disk.
    if (key !== 'appendOne' && key !== 'appendGroup') return [line(label, key, 'process')]
    return [line(`${label}, \`process\``, key, 'process'), line(`${label}, \`power\``, key, 'power')]
  })
  return `## The journal alone\n\nAgainst the closed events that are stored already.\n\n${renderTable(head, lines)}`
}

function renderApproval({ verdict, bare }: ApprovalCosts): string {
  const line = (label: string, q: number) => {
    const [ours, theirs] = [quantile(verdict, q), quantile(bare, q)]
    return [label, renderNumber(ours), renderNumber(theirs), `${(ours / theirs).toFixed(2)} ×`]
  }
  const head = ['µs', 'verdict → the command runs', 'spawn of the same shell → it runs', 'ratio']
  return `## An approval\n\nFrom the answer on the host's input until the allowed command runs in its shell, ${verdict.length} times.\n\n${renderTable(head, [line('median', 0.5), line('p90', 0.9)])}`
}

/** What people wait for, so a target in itself: nobody else does this. */
const MOST_TO_SESSION_MS = 100

function renderHub(costs: readonly HubCosts[]): string {
  const head = ['ms, platform → session', 'median', 'p99', 'target of p99', 'verdict']
  const lines = costs.map(({ sessions, toSession }) => {
    const at = (q: number) => quantile(toSession, q) / 1000
    const verdict = at(0.99) <= MOST_TO_SESSION_MS ? 'met' : '**missed**'
    return [`${sessions} attached`, renderNumber(at(0.5)), renderNumber(at(0.99)), `≤ ${MOST_TO_SESSION_MS}`, verdict]
  })
  return `## Sessions that share an account\n\nFrom a message on a Telegram on loopback until its session has it, ${costs[0]?.toSession.length ?? 0} times.\n\n${renderTable(head, lines)}`
}

function renderAgents(costs: readonly AgentCosts[]): string {
  const head = ['ms', 'message → channel → host → agent → its API', 'the agent alone → its API', 'ratio']
  const lines = costs.flatMap(({ agent, host, bare }) =>
    [
      { label: 'median', q: 0.5 },
      { label: 'p90', q: 0.9 },
    ].map(({ label, q }) => {
      const [ours, theirs] = [quantile(host, q), quantile(bare, q)]
      return [`${agent}, ${label}`, renderNumber(ours), renderNumber(theirs), `${(ours / theirs).toFixed(2)} ×`]
    }),
  )
  const times = costs[0]?.host.length ?? 0
  return `## An event to the agent's API\n\nFrom the upload to fakechat until the request is at a stand-in for the Messages API, ${times} times, beside the same agent driven without a host. Both run the pinned Claude Code of \`e2e/\`.\n\n${renderTable(head, lines)}`
}

export function ratioOf(row: Row, variant: Variant): Spread | undefined {
  return ratios(row.values.get(variant) ?? [], row.values.get('bare') ?? [])
}

function verdict(row: Row): string {
  const { target } = row.part
  const ratio = ratioOf(row, 'process')?.median
  if (target === undefined) return ''
  if (ratio === undefined) return 'not measured'
  return ('most' in target ? ratio <= target.most : ratio >= target.least) ? 'met' : '**missed**'
}

function renderTarget({ target }: Part): string {
  if (target === undefined) return ''
  return 'most' in target ? `≤ ${target.most}` : `≥ ${target.least}`
}

function renderValue(row: Row, variant: Variant): string {
  const found = (row.values.get(variant) ?? []).filter((value) => value !== undefined)
  if (found.length === 0) return ''
  const value = median(found)
  return Number.isFinite(value) ? renderNumber(value) : 'never'
}

function renderRatio(ratio: Spread | undefined): string {
  if (ratio === undefined) return ''
  const { median: middle, least, most } = ratio
  return ` · ${middle.toFixed(2)} ×${least === most ? '' : ` (${least.toFixed(2)}–${most.toFixed(2)})`}`
}

/** Three digits that mean something. */
export function renderNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 10 ? 1 : 2)
}

/** Columns are padded, so that the source of the table can be read as it is. */
function renderTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)))
  const render = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [render(head), rule, ...lines.map(render)].join('\n')
}
