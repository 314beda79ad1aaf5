/** The slash commands of a plugin in Claude Code: which there are, what they do, and the skill that names each. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OperatorCommand } from '../../packages/channel/src/claude-code/operator-command.ts'
import type { ProgramCommand } from './program-commands.ts'

export interface SlashCommand extends OperatorCommand {
  /** Without the plugin: `access`. */
  readonly name: string
  /** One sentence, for the menu. */
  readonly description: string
  /** What may follow, for completion. */
  readonly hint: string
}

/**
 * `access` and `configure` of every channel whose program has them, and those of the channel's own `claude-code.json`.
 * @param own each needs the commands of the program that it passes on
 */
export function planSlashCommands(
  channel: string,
  commands: readonly ProgramCommand[],
  own: readonly SlashCommand[],
): readonly SlashCommand[] {
  const found = (name: string) => commands.find((command) => command.name === name)
  const access = found('access')
  const configure = found('configure')
  for (const { name, here = [] } of own) {
    const missing = here.filter((word) => !found(word))
    if (missing.length > 0)
      throw new Error(`${channel}:${name} passes on ${missing.join(', ')}, which the program has not.`)
  }
  return [
    ...(access ? [createAccess(channel, access)] : []),
    ...(configure ? [createConfigure(channel, configure)] : []),
    ...own,
  ]
}

function createAccess(channel: string, { usage }: ProgramCommand): SlashCommand {
  return {
    name: 'access',
    description: `Who may use and approve through ${channel}: shows it, pairs, and changes it.`,
    hint: usage,
    program: ['access'],
    fallback: ['status'],
  }
}

/** Here it only shows what is set: what is typed into a session stays in its transcript, and a token must not. */
function createConfigure(channel: string, { usage }: ProgramCommand): SlashCommand {
  const here = ['status', 'help'].filter((word) => new RegExp(`\\b${word}\\b`).test(usage))
  return {
    name: 'configure',
    description: `What ${channel} is set to, and where to change it.`,
    hint: here.join(' | '),
    program: ['configure'],
    here,
    fallback: here.filter((word) => word === 'status'),
  }
}

/** The text of `skills/NAME/SKILL.md`. */
export async function renderSkill(
  channel: string,
  { name, description, hint, program }: SlashCommand,
): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'templates/skill.md'), 'utf8')
  const values: Record<string, string> = {
    CHANNEL: channel,
    NAME: name,
    // A JSON string is a YAML string, whatever stands in it.
    DESCRIPTION: JSON.stringify(description),
    HINT: JSON.stringify(hint),
    PROGRAM: ['start.cjs"', ...program].join(' '),
  }
  return template.replace(/__([A-Z]+)__/g, (whole, key: string) => values[key] ?? whole)
}
