/**
 * The plugin's hook on a slash command that the user typed (`UserPromptExpansion`) in Claude Code: it runs the channel's
 * program and shows what that says, and the model sees neither. Built into `hooks/operator.cjs`.
 *
 * Claude Code calls it for typed commands only, and hands the arguments over as JSON: no shell reads them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readStdin } from './hook-input.ts'
import { type OperatorCommand, planCommand } from './operator-command.ts'

declare const __CHANNEL__: string
declare const __COMMANDS__: Readonly<Record<string, OperatorCommand>>

const TIME_LIMIT_MS = 20_000
const MOST_SHOWN = 8_000

function main(): void {
  readStdin((text) => {
    const typed = parse(text)
    if (!typed) return
    const [name, args] = typed
    const command = __COMMANDS__[name]
    if (command) print(answer(name, command, args))
  })
}

/** The name after the colon and what followed it; nothing for a command that is not this plugin's. */
function parse(text: string): readonly [name: string, args: string] | undefined {
  let typed: Record<string, unknown>
  try {
    typed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof typed !== 'object' || typed === null || typed['hook_event_name'] !== 'UserPromptExpansion')
    return undefined
  const { command_name: name, command_args: args } = typed
  if (typeof name !== 'string' || name.slice(0, __CHANNEL__.length + 1) !== `${__CHANNEL__}:`) return undefined
  const own = name.slice(__CHANNEL__.length + 1)
  if (!Object.hasOwn(__COMMANDS__, own)) return undefined
  return [own, typeof args === 'string' ? args : '']
}

function answer(name: string, command: OperatorCommand, typed: string): string {
  const program = join(dirname(__dirname), 'start.cjs')
  const plan = planCommand(typed, command, {
    name: `/${__CHANNEL__}:${name}`,
    terminal: `node ${JSON.stringify(program)}`,
  })
  if ('refused' in plan) return plan.refused
  const { stdout, stderr, error, signal } = spawnSync(
    process.env['BACKCHANNEL_RUNTIME'] || process.execPath,
    [program, ...plan.args],
    {
      // The server runs there too, so a relative state directory means the same one.
      cwd: projectFolder(),
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: TIME_LIMIT_MS,
      maxBuffer: 4_000_000,
      windowsHide: true,
    },
  )
  if (error || signal)
    return `The program of ${__CHANNEL__} did not finish: ${error ? error.message : `it was ended by ${signal}`}.`
  return plan.show(`${stdout}${stderr}`)
}

function projectFolder(): string {
  const folder = process.env['CLAUDE_PROJECT_DIR']
  return folder && existsSync(folder) ? folder : process.cwd()
}

/** To the user alone: what blocks the expansion of a command is shown, and not added to the model's context. */
function print(text: string): void {
  // Whatever stands in a name that a sender chose, it does not reach the terminal's control codes.
  const plain = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ').trim()
  const reason = plain.length > MOST_SHOWN ? `${plain.slice(0, MOST_SHOWN)} …` : plain
  process.stdout.write(JSON.stringify({ decision: 'block', reason: reason === '' ? 'Done.' : reason }))
}

main()
