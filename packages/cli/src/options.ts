/** The options of a session, read from the command line and checked before anything starts. */
import { mergeEntries, type NamedEntry, PERMISSION_MODES, type PermissionMode } from '@backchannel/host'
import { BackchannelError, type Entry, parseEntry } from '@backchannel/protocol'
import { Command, CommanderError, Option } from 'commander'
import { takeEntries } from './arguments.ts'

export type OutputFormat = 'text' | 'json' | 'stream-json'
export type InputFormat = 'text' | 'stream-json'

export interface SessionArguments {
  readonly prompt: string | undefined
  readonly channels: readonly Entry[]
  readonly development: readonly Entry[]
  readonly acceptDevelopment: boolean
  readonly agent: string | undefined
  /** What the session is called where several share an account. Absent: after its folder. */
  readonly name: string | undefined
  /** The command line of an ACP agent. */
  readonly agentCommand: string | undefined
  readonly model: string | undefined
  /** Which conversation of the agent goes on; absent: a new one. */
  readonly resume: string | 'latest' | undefined
  readonly mcpConfig: string | undefined
  readonly settings: string | undefined
  readonly managedSettings: string | undefined
  /** Absent: the settings decide. */
  readonly permissionMode: PermissionMode | undefined
  /** A session in which nothing asks may start as root outside of a container. */
  readonly allowRoot: boolean
  readonly print: boolean
  readonly outputFormat: OutputFormat
  readonly inputFormat: InputFormat
  /** `true` for `--debug` without a file. */
  readonly debug: string | boolean
}

const EXAMPLES = `
Examples:
  backchannel --channels plugin:fakechat@backchannel
      a session with the chat page on http://localhost:8787
  backchannel -p "what's in my working directory?"
      one turn, then exit
  backchannel --output-format stream-json --dangerously-load-development-channels server:hooks --accept-development-channels
      headless, with a channel of your own from .mcp.json, one JSON object a line

Commands:
  backchannel access CHANNEL …       who may write to a channel, and who may approve
  backchannel audit verify|list      every decision on a tool call, and whether the record is whole
  backchannel configure CHANNEL …    what is set for a channel, and its secrets
  backchannel consents list|revoke   trusted folders, and servers of projects that may be started
  backchannel doctor [CHANNEL…]      what is stored, who holds it, why anything was dropped
  backchannel doctor policy [ENTRY]  which file decides what about channels, and what refuses an entry
  backchannel up CHANNEL…            hold an account with no session; up status, up down
  backchannel webhook add|list|test  the sources of the webhook channel
  backchannel plugin VERB …          marketplaces, and plugins that others wrote; plugin help lists the verbs

Channel entries: plugin:NAME@MARKETPLACE[#INSTANCE] or server:NAME, several separated by spaces.
Exit codes: 0 ended, 1 failed, 2 usage, 3 every channel refused.`

/**
 * Reads the arguments after the program's name.
 * @returns what to start, or the exit code after help, version or a usage error was printed
 */
export function parseArguments(argv: readonly string[], version: string): SessionArguments | { readonly exit: number } {
  const program = createProgram(version)
  try {
    const entries = takeEntries(argv)
    program.parse([...entries.rest], { from: 'user' })
    return check({ ...read(program), channels: entries.channels, development: entries.development })
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { exit: thrown.exitCode === 0 ? 0 : 2 }
    if (!BackchannelError.is(thrown)) throw thrown
    process.stderr.write(`backchannel: ${thrown.message}${thrown.hint ? `\n  ${thrown.hint}` : ''}\n`)
    return { exit: 2 }
  }
}

/** Every entry of a session: the flags', then those of the settings. */
export function entriesOf(given: SessionArguments, settings: readonly string[]): readonly NamedEntry[] {
  return mergeEntries([
    ...given.channels.map((entry) => ({ entry, optIn: 'channels' }) as const),
    ...given.development.map((entry) => ({ entry, optIn: 'development' }) as const),
    ...settings.map((text) => ({ entry: parseEntry(text), optIn: 'settings' }) as const),
  ])
}

function createProgram(version: string): Command {
  return new Command('backchannel')
    .description('Starts a session in this folder: an agent that channels can push events into.')
    .version(version)
    .argument('[prompt]', 'what to tell the agent first')
    .option('--channels <entry...>', 'opt channels in for this session')
    .option(
      '--dangerously-load-development-channels <entry...>',
      'the same for server:NAME, or off the allowlist, after a warning',
    )
    .option('--accept-development-channels', 'headless: accept that warning', false)
    .addOption(new Option('--agent <name>', 'which agent runs the session').choices(['demo', 'claude', 'acp']))
    .option('--name <name>', 'what the session is called in chats that several share; default: its folder')
    .option('--agent-command <command>', 'the command of an ACP agent, with its arguments')
    .option('--model <name>', 'passed to the agent')
    .option('--resume [id]', "go on with a conversation of the agent; without an ID with this folder's last one")
    .option('--continue', "go on with this folder's last conversation", false)
    .option('--mcp-config <file>', "more MCP servers, beside the project's .mcp.json")
    .option('--settings <file>', 'further settings')
    .option('--managed-settings <file>', "further managed settings; they can only tighten the system's")
    .addOption(
      new Option('--permission-mode <mode>', 'what runs with nobody asked; docs/permissions.md').choices(
        PERMISSION_MODES,
      ),
    )
    .option('--dangerously-skip-permissions', 'the mode bypassPermissions: nothing asks', false)
    .option('--allow-root', 'take that mode as root outside of a container too', false)
    .option('-p, --print', 'headless: print the answer, no dialogs', false)
    .addOption(
      new Option('--output-format <format>', 'headless output')
        .choices(['text', 'json', 'stream-json'])
        .default('text'),
    )
    .addOption(new Option('--input-format <format>', 'headless input').choices(['text', 'stream-json']).default('text'))
    .option('--debug [file]', 'write everything that happens, redacted, to a file')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`backchannel: ${text.replace(/^error: /, '')}`) })
    .showHelpAfterError('  backchannel --help lists the options, with examples.')
}

function read(program: Command): Omit<SessionArguments, 'channels' | 'development'> {
  const options = program.opts()
  return {
    prompt: program.args[0],
    acceptDevelopment: options['acceptDevelopmentChannels'],
    agent: options['agent'],
    name: options['name'],
    agentCommand: options['agentCommand'],
    model: options['model'],
    resume: readResume(options),
    mcpConfig: options['mcpConfig'],
    settings: options['settings'],
    managedSettings: options['managedSettings'],
    permissionMode: readMode(options),
    allowRoot: options['allowRoot'],
    print: options['print'],
    outputFormat: options['outputFormat'],
    inputFormat: options['inputFormat'],
    debug: options['debug'] ?? false,
  }
}

/** Letters and digits first: what follows is an argument of another program. */
const SESSION_ID = /^[A-Za-z0-9][\w.:-]{0,199}$/

function readResume({ resume, continue: continues }: Record<string, unknown>): SessionArguments['resume'] {
  if (typeof resume !== 'string') return resume === true || continues === true ? 'latest' : undefined
  if (continues === true)
    throw new BackchannelError('usage', '--resume ID and --continue exclude each other.', { hint: 'Give one of them.' })
  if (SESSION_ID.test(resume)) return resume
  throw new BackchannelError('usage', `"${resume.slice(0, 80)}" after --resume is not the ID of a conversation.`, {
    hint: 'To go on with the last one and a prompt: --continue "the prompt".',
  })
}

function readMode(options: Record<string, unknown>): PermissionMode | undefined {
  const named = options['permissionMode'] as PermissionMode | undefined
  if (!options['dangerouslySkipPermissions']) return named
  if (named === undefined || named === 'bypassPermissions') return 'bypassPermissions'
  throw new BackchannelError(
    'usage',
    `--dangerously-skip-permissions and --permission-mode ${named} exclude each other.`,
    {
      hint: 'Give one of them.',
    },
  )
}

function check(given: SessionArguments): SessionArguments {
  if (given.prompt !== undefined && given.inputFormat === 'stream-json') {
    throw new BackchannelError('usage', 'A prompt and --input-format stream-json exclude each other.', {
      hint: 'Send the prompt as a line: {"type":"prompt","text":"…"}.',
    })
  }
  return given
}
