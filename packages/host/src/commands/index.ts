/** The commands of a session, and how a typed line finds its command. */
import { nearest } from '@backchannel/protocol'
import { approvalsCommand } from './approvals.ts'
import { listChannelCommands, runChannelCommand } from './channel-command.ts'
import { channelsCommand } from './channels.ts'
import type { Answer, Command, CommandContext } from './command.ts'
import { controlCommands } from './control.ts'
import { exitCommand } from './exit.ts'
import { helpCommand } from './help.ts'
import { mcpCommand } from './mcp.ts'
import { pluginCommand, reloadPluginsCommand } from './plugin.ts'

export const COMMANDS: readonly Command[] = [
  helpCommand,
  ...controlCommands,
  channelsCommand,
  approvalsCommand,
  mcpCommand,
  pluginCommand,
  reloadPluginsCommand,
  exitCommand,
]

/** Runs `/name arguments`; an unknown name is answered with the nearest one. Only channels and plugins are waited for; never rejects. */
export function runCommand(line: string, context: CommandContext): Answer | Promise<Answer> {
  const [name = '', ...args] = line.trim().split(/\s+/)
  const command = context.commands.find((candidate) => candidate.name === name)
  if (command) {
    const answer = command.run(args, context)
    return typeof answer === 'string' ? { ok: true, text: answer } : answer
  }
  const said = runChannelCommand(name, args, context)
  if (said) return said
  const known = context.commands.map((candidate) => candidate.name)
  const listed = listChannelCommands(context.channels).map((candidate) => candidate.name)
  const meant = nearest(name, [...known, ...listed])
  const suggestion = meant === undefined ? '' : ` Did you mean ${meant}?`
  return { ok: false, text: `There is no command ${name.slice(0, 80)}.${suggestion} /help lists what there is.` }
}
