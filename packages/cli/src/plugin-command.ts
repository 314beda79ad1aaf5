/** `/plugin …` of a session: the verbs of `backchannel plugin`, loaded when the first one is typed. */
import type { HostPaths, SessionOptions } from '@backchannel/host'

export interface PluginCommandOptions {
  readonly paths: HostPaths
  /** The folder of the marketplace that comes with the command. */
  readonly builtin: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export function createPluginCommand(options: PluginCommandOptions): NonNullable<SessionOptions['plugin']> {
  return async (args, progress, signal) => {
    const { runPlugin, verbPorts } = await import('@backchannel/host/plugins')
    let last: string | undefined
    const ports = verbPorts({
      ...options,
      signal,
      progress(step) {
        if (step !== last) progress(step)
        last = step
      },
    })
    const { ok, text } = await runPlugin(args, ports, '/plugin')
    return { ok, text }
  }
}
