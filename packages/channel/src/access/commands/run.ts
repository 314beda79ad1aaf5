/** What the operator can say about access to a channel: finds the word, runs it, completes it, and explains it. */
import { type AccessResult, nearest, renderError } from '@backchannel/protocol'
import { showPlainly } from '../../relay/show.ts'
import { approverCommand, relayCommand } from './approver.ts'
import { type AccessCommand, type Choice, type CommandPorts, done, UsageProblem } from './command.ts'
import { groupCommand } from './group.ts'
import { denyCommand, pairCommand } from './pair.ts'
import { policyCommand } from './policy.ts'
import { restoreCommand } from './restore.ts'
import { allowCommand, removeCommand } from './senders.ts'
import { setCommand } from './set.ts'
import { statusCommand } from './status.ts'

export type { Choice } from './command.ts'

/** Those of a channel that has no list of who may write. */
const FOR_APPROVERS: readonly AccessCommand[] = [
  { ...statusCommand, summary: 'who may approve, and which codes wait' },
  { ...pairCommand, summary: 'lets the sender who was shown CODE approve what the agent asks for' },
  denyCommand,
  approverCommand,
  relayCommand,
]
const FOR_SENDERS: readonly AccessCommand[] = [
  statusCommand,
  pairCommand,
  denyCommand,
  allowCommand,
  removeCommand,
  policyCommand,
  groupCommand,
  setCommand,
  approverCommand,
  relayCommand,
  restoreCommand,
]

export function accessCommands(grants: CommandPorts['grants']): readonly AccessCommand[] {
  return grants === 'sender' ? FOR_SENDERS : FOR_APPROVERS
}

/** Never rejects. */
export async function runAccessCommand(args: readonly string[], ports: CommandPorts): Promise<AccessResult> {
  const [asked = 'status', ...rest] = args[0] === '--json' ? ['status', ...args] : args
  const commands = accessCommands(ports.grants)
  if (asked === 'help' || asked === '--help' || asked === '-h') return done(renderAccessHelp(ports, rest[0]))
  const command = commands.find(({ name }) => name === asked)
  if (!command) return { ok: false, text: explainUnknown(asked, ports) }
  if (rest.includes('--help')) return done(renderUsage(command, ports))
  try {
    return await command.run(rest, ports)
  } catch (thrown) {
    if (thrown instanceof UsageProblem) return { ok: false, text: `${thrown.message}\n${renderUsage(command, ports)}` }
    return { ok: false, text: renderError(thrown) }
  }
}

/** What could stand in the place of the last of these words, as far as it is typed. Never rejects. */
export async function completeAccessCommand(args: readonly string[], ports: CommandPorts): Promise<readonly Choice[]> {
  const [name = '', ...rest] = args
  const commands = accessCommands(ports.grants)
  const typed = (args.at(-1) ?? '').toLowerCase()
  const choices = async (): Promise<readonly Choice[]> => {
    if (args.length <= 1) return [...commands, HELP].map(({ name: value, summary }) => ({ value, summary }))
    const command = commands.find((one) => one.name === name)
    return (await command?.complete?.(rest.slice(0, -1), ports)) ?? []
  }
  try {
    const found = await choices()
    return found.filter(({ value }) => value.toLowerCase().startsWith(typed)).slice(0, MOST_CHOICES)
  } catch {
    // Nothing to offer while a file can't be read; running the command says why.
    return []
  }
}

const MOST_CHOICES = 50
const HELP = { name: 'help', summary: 'this list' }

/** The whole help with an example, or that of one word. */
export function renderAccessHelp(ports: Pick<CommandPorts, 'command' | 'grants'>, about?: string): string {
  const commands = accessCommands(ports.grants)
  const one = commands.find(({ name }) => name === about)
  if (one) return renderUsage(one, ports)
  const rows = commands.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const)
  const width = Math.max(...rows.map(([words]) => words.length))
  return [
    `What can follow ${ports.command}:`,
    ...rows.map(([words, summary]) => `  ${words.padEnd(width)}  ${summary}`),
    '',
    `For example: ${ports.command} pair a1b2c3`,
  ].join('\n')
}

function renderUsage(
  { name, usage, summary, example }: AccessCommand,
  { command }: Pick<CommandPorts, 'command'>,
): string {
  return [
    `Usage: ${`${command} ${name} ${usage}`.trim()} (${summary})`,
    `For example: ${`${command} ${name} ${example}`.trim()}`,
  ].join('\n')
}

function explainUnknown(asked: string, ports: CommandPorts): string {
  const commands = accessCommands(ports.grants)
  const meant = nearest(
    asked,
    commands.map(({ name }) => name),
  )
  const command = commands.find(({ name }) => name === meant)
  const there = `There is no "${showPlainly(asked)}" here.`
  if (command) return `${there} Did you mean ${command.name}?\n${renderUsage(command, ports)}`
  return `${there}\n${renderAccessHelp(ports)}`
}
