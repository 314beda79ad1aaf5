/** What a plugin's servers refer to: answers that nobody is asked for, and secrets where others can read them. */
import type { ServerSpec } from '../../mcp/config.ts'
import type { Plugin } from '../plugin.ts'
import type { Findings } from './findings.ts'

const REFERENCE = /\$\{user_config\.([^}:]+)/g

export function checkReferences({ servers, options }: Plugin, findings: Findings): void {
  for (const server of servers)
    for (const { field, text } of textsOf(server))
      for (const [, key = ''] of text.matchAll(REFERENCE)) {
        const option = options.find((one) => one.key === key)
        const at = `${server.file}: ${server.name}.${field}`
        if (option === undefined)
          findings.error(
            `${at} must name a key of userConfig (${options.map((one) => one.key).join(', ') || 'there is none'}), got "${key}".`,
          )
        else if (option.sensitive && field === 'command')
          findings.error(`${at} must be free of the sensitive "${key}": commands are shown. Put it into env.`)
        else if (option.sensitive && field.startsWith('args'))
          findings.warn(
            `${at} holds the sensitive "${key}", which other users of the machine can then read. Put it into env.`,
          )
      }
}

function textsOf({ command, args, env, cwd }: ServerSpec): readonly { field: string; text: string }[] {
  return [
    { field: 'command', text: command },
    ...args.map((text, at) => ({ field: `args[${at}]`, text })),
    ...Object.entries(env).map(([name, text]) => ({ field: `env.${name}`, text })),
    { field: 'cwd', text: cwd ?? '' },
  ]
}
