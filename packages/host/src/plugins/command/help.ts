/** Help for the verbs about plugins, for all and for one. */
import type { Verb } from './verb.ts'

export function renderHelp(verbs: readonly Verb[], prefix: string): string {
  const lines = verbs.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const)
  const width = Math.max(...lines.map(([left]) => left.length))
  return [
    `Usage: ${prefix} VERB …`,
    'Plugins: where they come from, which are installed, and whether they are on.',
    '',
    ...lines.map(([left, summary]) => `  ${left.padEnd(width)}  ${summary}`),
    '',
    'SOURCE is a folder (./plugins), a git URL (https://…, ssh://…, user@host:path, file:///…), or owner/repo[@branch] on GitHub.',
    '',
    'Examples:',
    `  ${prefix} marketplace add acme/plugins`,
    `  ${prefix} install chat@acme`,
    `  ${prefix} allow chat@acme`,
    `  ${prefix} ${verbs.at(-1)?.examples[0] ?? ''}`,
  ].join('\n')
}

export function renderVerbHelp({ name, usage, summary, flags = {}, json, examples }: Verb, prefix: string): string {
  const all = [
    ...Object.entries(flags).map(([flag, { value, help }]) => [`--${flag} ${value ?? ''}`.trimEnd(), help] as const),
    ...(json ? [['--json', 'one JSON object, for scripts'] as const] : []),
  ]
  const width = Math.max(0, ...all.map(([left]) => left.length))
  return [
    `Usage: ${prefix} ${name} ${usage}`.trimEnd(),
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(all.length === 0 ? [] : ['', ...all.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`)]),
    '',
    'Examples:',
    ...examples.map((example) => `  ${prefix} ${example}`),
  ].join('\n')
}
