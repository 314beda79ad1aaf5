/** `backchannel doctor policy`: what decides about channels on this machine, from which file, and who can change it. */
import { homedir } from 'node:os'
import { createCatalog, hostPaths } from '@backchannel/host'
import { diagnosePolicy, type PolicyDiagnosis, renderPolicy } from '@backchannel/host/doctor'
import { parseEntry } from '@backchannel/protocol'
import { Command } from 'commander'

const EXAMPLES = `
Examples:
  backchannel doctor policy                       every effective value, with the file it comes from
  backchannel doctor policy webhook               and what becomes of this channel, step by step
  backchannel doctor policy server:hooks --start  also what the server declares when it is started
  backchannel doctor policy --managed-settings draft.json
      what a file would mean that is not deployed yet`

interface Options {
  readonly json: boolean
  readonly start: boolean
  readonly settings?: string
  readonly managedSettings?: string
  readonly mcpConfig?: string
}

/** @returns the exit code: 0 all well, 1 the entry is refused or a file can't be used */
export async function doctorPolicy(args: readonly string[], builtIn: string): Promise<number> {
  const program = new Command('backchannel doctor policy')
    .description('Says which file decides what about channels, and which step refuses an entry.')
    .argument('[entry]', 'plugin:NAME@MARKETPLACE or server:NAME; a bare name is a channel that comes with the command')
    .option('--json', 'one JSON object', false)
    .option('--start', 'start the server of the entry, to learn what it declares', false)
    .option('--settings <file>', 'further settings, as a session would be given them')
    .option('--managed-settings <file>', "further managed settings; they can only tighten the system's")
    .option('--mcp-config <file>', "more MCP servers, beside the project's .mcp.json")
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .allowExcessArguments(false)
  program.parse([...args], { from: 'user' })
  const { json, ...options } = program.opts<Options>()
  const [entry] = program.args
  const ending = new AbortController()
  process.once('SIGINT', () => ending.abort())
  const paths = hostPaths(process.env, process.platform, homedir())
  const diagnosis = await diagnosePolicy({
    ...options,
    paths,
    catalog: createCatalog({ builtin: builtIn, installed: paths.plugins, env: process.env }),
    cwd: process.cwd(),
    env: process.env,
    home: homedir(),
    platform: process.platform,
    entry: entry === undefined ? undefined : parseEntry(entry.includes(':') ? entry : `plugin:${entry}@backchannel`),
    signal: ending.signal,
    progress: (name) => {
      if (!json && process.stderr.isTTY) process.stderr.write(`starting ${name} …\n`)
    },
  })
  process.stdout.write(`${json ? JSON.stringify(diagnosis) : renderPolicy(diagnosis, homedir())}\n`)
  return isWrong(diagnosis) ? 1 : 0
}

function isWrong({ entry, managed_files: files, settings_problem: problem }: PolicyDiagnosis): boolean {
  return problem !== undefined || files.some(({ state }) => state === 'broken') || (entry?.refused ?? null) !== null
}
