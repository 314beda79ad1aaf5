/** The commands of a session, and how a typed line finds its command. */
import { nearest } from '../text/nearest.ts'
import { channelsCommand } from './channels.ts'
import type { Command, CommandContext } from './command.ts'
import { exitCommand } from './exit.ts'
import { helpCommand } from './help.ts'
import { mcpCommand } from './mcp.ts'

export const COMMANDS: readonly Command[] = [helpCommand, channelsCommand, mcpCommand, exitCommand]

/** Runs `/name arguments`; an unknown name is answered with the nearest one. */
export function runCommand(line: string, context: CommandContext): { readonly ok: boolean; readonly text: string } {
  const [name = '', ...args] = line.trim().split(/\s+/)
  const command = context.commands.find((candidate) => candidate.name === name)
  if (command) return { ok: true, text: command.run(args, context) }
  const meant = nearest(
    name,
    context.commands.map((candidate) => candidate.name),
  )
  const suggestion = meant === undefined ? '' : ` Did you mean ${meant}?`
  return { ok: false, text: `There is no command ${name.slice(0, 80)}.${suggestion} /help lists what there is.` }
}
