/** `webhook list`: which sources there are, where they are sent to, and what they ask for; secrets are masked. */
import type { CommandIo } from '@backchannel/channel'
import { type Environment, parseConfig } from '../config.ts'
import { isLoopback } from '../local.ts'
import { sourcesFile } from '../sources/file.ts'
import { maskSecret } from '../sources/secrets.ts'
import type { Source } from '../sources/source.ts'
import { readSources } from '../sources/store.ts'
import { DONE, runWith } from './command-line.ts'

const HELP = `Usage: backchannel webhook list [--json]

Lists the sources of the webhook channel. Secrets are shown by their last characters only.

Example:
  backchannel webhook list
`

export function list(args: readonly string[], io: CommandIo, env: Environment): Promise<number> {
  return runWith(
    { name: 'list', help: HELP, names: 0 },
    { json: { type: 'boolean' } },
    args,
    io,
    async ({ values }) => {
      const file = sourcesFile(env)
      const config = parseConfig(env)
      const { byPath, warnings, takesOthers, host: named } = await readSources(file, env)
      const host = config.host ?? named ?? '127.0.0.1'
      const sources = [...byPath.values()]
      const builtIn = takesOthers && isLoopback(host)
      if (values['json'] === true) {
        const data = {
          file,
          host,
          port: config.port,
          default: builtIn,
          sources: sources.map((one) => toData(one, config.port)),
        }
        io.out(`${JSON.stringify(data)}\n`)
      } else {
        io.out(render(sources, config.port, builtIn, file))
      }
      for (const warning of warnings) io.error(`warning: ${warning}\n`)
      return DONE
    },
  )
}

function toData(source: Source, port: number): Record<string, unknown> {
  const { name, path, scheme, written, approver, meta, filter, template, coalesce, limit, refused } = source
  return {
    name,
    scheme: scheme.name,
    path,
    url: `http://localhost:${port}${path}`,
    secrets: written.map(maskSecret),
    approver,
    filter: filter !== undefined,
    template: template !== undefined,
    meta: meta.map(({ key }) => key),
    ...(coalesce === undefined ? {} : { coalesce: { window_ms: coalesce.windowMs, max: coalesce.max } }),
    ...(limit === undefined ? {} : { limit: { per_minute: limit.perMinute } }),
    ...(refused === undefined ? {} : { refused }),
  }
}

function render(sources: readonly Source[], port: number, builtIn: boolean, file: string): string {
  const rest = builtIn
    ? 'Any other path is taken from programs of this machine, without proof.'
    : 'Any other path is refused.'
  if (sources.length === 0) return `No sources yet. ${rest}\nAdd one: backchannel webhook add github --scheme github\n`
  const rows = sources.map((source) => [
    source.name,
    source.scheme.name,
    `http://localhost:${port}${source.path}`,
    source.written.map(maskSecret).join(' ') || '-',
    rulesOf(source),
  ])
  const table = [['NAME', 'SCHEME', 'ADDRESS', 'SECRETS', 'RULES'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n\n${rest}\n${file}\n`
}

function rulesOf({ approver, filter, template, meta, coalesce, limit, refused }: Source): string {
  const rules = [
    ...(refused === undefined ? [] : ['REFUSED: no secret']),
    ...(approver ? ['APPROVES'] : []),
    ...(filter ? ['filter'] : []),
    ...(template ? ['template'] : []),
    ...(meta.length > 0 ? [`meta: ${meta.map(({ key }) => key).join(' ')}`] : []),
    ...(coalesce ? [`folds within ${coalesce.windowMs} ms`] : []),
    ...(limit ? [`${limit.perMinute} a minute`] : []),
  ]
  return rules.join(', ') || '-'
}
