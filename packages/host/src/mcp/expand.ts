/** Fills `${VAR}`, `${VAR:-default}` and a plugin's `${user_config.KEY}` into a server's command line, never before consent. */
import type { ServerProblem, ServerSpec } from './config.ts'

export interface Variables {
  /** Values of the host's own, such as `CLAUDE_PLUGIN_ROOT` or `user_config.KEY`; they win over the environment. */
  readonly variables?: ReadonlyMap<string, string>
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ExpandedServer {
  /** Complete only if `problems` is empty; an unset variable has left its place as it was. */
  readonly server: ServerSpec
  readonly problems: readonly ServerProblem[]
}

const REFERENCE = /\$\{((?:user_config\.)?[A-Za-z_]\w*)(?::-([^}]*))?\}/g

/**
 * Expands `command`, `args`, the values of `env`, and `cwd`, once: what a variable holds is never expanded again. As in
 * a shell, an empty variable takes the default too. Other uses of `$` (`$HOME`, `${x%y}`) are left to the command.
 */
export function expandServer(server: ServerSpec, variables: Variables): ExpandedServer {
  const missing = new Map<string, string>()
  const expand = (text: string, field: string): string =>
    text.replace(REFERENCE, (reference: string, name: string, fallback: string | undefined) => {
      // Outside of a plugin it means nothing.
      if (name.includes('.') && variables.variables === undefined) return reference
      const value = lookUp(name, variables)
      const isNested = fallback?.includes('${') === true
      if (!isNested && value !== undefined && (value !== '' || fallback === undefined)) return value
      if (!isNested && fallback !== undefined) return fallback
      if (!missing.has(name)) missing.set(name, explain(name, field, isNested))
      return reference
    })
  const expanded: ServerSpec = {
    ...server,
    command: expand(server.command, 'command'),
    args: server.args.map((argument, index) => expand(argument, `args[${index}]`)),
    env: Object.fromEntries(Object.entries(server.env).map(([name, value]) => [name, expand(value, `env.${name}`)])),
    ...(server.cwd === undefined ? {} : { cwd: expand(server.cwd, 'cwd') }),
  }
  const problems = [...missing.values()].map((reason) => ({
    server: server.name,
    message: `${server.file}: ${server.name}: ${reason}`,
  }))
  return { server: expanded, problems }
}

function explain(name: string, field: string, isNested: boolean): string {
  if (isNested) return `the default of \${${name}} in ${field} holds another variable. Write plain text there.`
  if (name.includes('.')) return `${field} uses \${${name}}, and the plugin's manifest asks for no such value.`
  return `${field} uses \${${name}}, which is not set. Set it, or write \${${name}:-default}.`
}

function lookUp(name: string, { variables, env }: Variables): string | undefined {
  // Own properties only: `${constructor}` is an unset variable.
  return variables?.get(name) ?? (Object.hasOwn(env, name) ? env[name] : undefined)
}
