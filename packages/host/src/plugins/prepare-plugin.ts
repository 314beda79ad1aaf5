/** Makes a plugin's channel ready to start: its server, with every variable that its manifest may use filled in. */
import { BackchannelError } from '@backchannel/protocol'
import { expandServer } from '../mcp/expand.ts'
import type { FoundPlugin } from './catalog.ts'
import type { OptionValues } from './format/user-config.ts'
import { optionEnvironment, optionVariables, withoutUnset } from './options/substitution.ts'
import { channelServer, type Plugin } from './plugin.ts'

export interface PreparePlugin {
  readonly plugin: Plugin
  readonly values?: OptionValues
  readonly data?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export type PreparedPlugin = Pick<FoundPlugin, 'server' | 'pluginName' | 'serverName' | 'root' | 'variables'>

/** @throws BackchannelError `plugin-invalid`, naming file and field; `plugin-option-invalid` */
export function preparePlugin({ plugin, values = new Map(), data, cwd, env }: PreparePlugin): PreparedPlugin {
  const answers = optionVariables(plugin.name, plugin.options, values)
  const own = new Map([
    ['CLAUDE_PLUGIN_ROOT', plugin.root],
    ['CLAUDE_PROJECT_DIR', cwd],
    ...(data === undefined ? [] : [['CLAUDE_PLUGIN_DATA', data] as const]),
  ])
  const written = channelServer(plugin)
  const secrets = plugin.options.filter(({ sensitive }) => sensitive).map(({ key }) => key)
  const shown = secrets.find((key) => written.command.includes(`\${user_config.${key}}`))
  if (shown !== undefined)
    throw new BackchannelError(
      'plugin-invalid',
      `${written.file}: ${written.name}: command holds the sensitive ${shown}, and commands are shown.`,
    )
  const { server, problems } = expandServer(withoutUnset(written, answers), {
    variables: new Map([...own, ...answers]),
    env,
  })
  const [problem] = problems
  if (problem !== undefined) throw new BackchannelError('plugin-invalid', problem.message)
  return {
    server,
    pluginName: plugin.name,
    serverName: server.name,
    root: plugin.root,
    variables: { ...Object.fromEntries(own), ...optionEnvironment(plugin.options, values) },
  }
}
