/** How answers reach a plugin's server: as `${user_config.KEY}` where the manifest names them, and as variables. */
import { BackchannelError } from '@backchannel/protocol'
import type { ServerSpec } from '../../mcp/config.ts'
import { checkValue, missingOptions, type OptionValues, type UserOption } from '../format/user-config.ts'

const PREFIX = 'user_config.'

/**
 * What the references stand for. An optional answer that was not given is empty.
 * @throws BackchannelError `plugin-option-invalid` for one that must be given, or does not fit any more
 */
export function optionVariables(
  plugin: string,
  options: readonly UserOption[],
  values: OptionValues,
): ReadonlyMap<string, string> {
  const missing = missingOptions(options, values)
  if (missing.length > 0)
    throw new BackchannelError(
      'plugin-option-invalid',
      `The plugin ${plugin} needs ${missing.map(({ key, title }) => `${key} (${title})`).join(', ')}.`,
      { hint: `Set it: backchannel plugin configure ${plugin}` },
    )
  return new Map(options.map((option) => [`${PREFIX}${option.key}`, answerOf(option, values)]))
}

/** Documented by Claude Code for a plugin's programs: `CLAUDE_PLUGIN_OPTION_KEY`, of every answer that was given. */
export function optionEnvironment(options: readonly UserOption[], values: OptionValues): Record<string, string> {
  const given = options.map((option) => [option.key.toUpperCase(), answerOf(option, values)] as const)
  return Object.fromEntries(
    given.filter(([, value]) => value !== '').map(([key, value]) => [`CLAUDE_PLUGIN_OPTION_${key}`, value]),
  )
}

/**
 * A variable that is nothing but an answer that was not given is left out, so that one of the operator's own environment
 * counts; an empty one would hide it.
 */
export function withoutUnset(server: ServerSpec, variables: ReadonlyMap<string, string>): ServerSpec {
  const isUnset = (value: string) => {
    const [, name] = /^\$\{(user_config\.\w+)\}$/.exec(value) ?? []
    return name !== undefined && variables.get(name) === ''
  }
  return { ...server, env: Object.fromEntries(Object.entries(server.env).filter(([, value]) => !isUnset(value))) }
}

function answerOf(option: UserOption, values: OptionValues): string {
  const value = values.get(option.key) ?? option.fallback ?? ''
  return value === '' ? '' : checkValue(option, value)
}
