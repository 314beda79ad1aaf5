/** `backchannel doctor`: what each channel has stored, who holds it, why anything was dropped, and whether the way is free. */
import { homedir } from 'node:os'
import { createCatalog, hostPaths, readSettings } from '@backchannel/host'
import { diagnose, renderDiagnosis } from '@backchannel/host/doctor'
import { BackchannelError, type PluginEntry, parseEntry } from '@backchannel/protocol'
import { Command } from 'commander'

const EXAMPLES = `
Examples:
  backchannel doctor                 every channel that comes with the command
  backchannel doctor webhook         one of them
  backchannel doctor --json          for scripts
  backchannel doctor --no-ping       without the synthetic event
  backchannel doctor policy          which file decides what about channels; see its --help`

/** @returns the exit code: 0 all well, 1 something is wrong */
export async function doctor(args: readonly string[], builtIn: string): Promise<number> {
  const [first, ...rest] = args
  if (first === 'policy') return (await import('./doctor-policy.ts')).doctorPolicy(rest, builtIn)
  const program = new Command('backchannel doctor')
    .description('Says what each channel has stored, who holds it, what waits, and why anything was dropped.')
    .argument('[channels...]', 'names or entries; all that come with the command if none is given')
    .option('--json', 'one JSON object', false)
    .option('--no-ping', 'do not send a synthetic event through each channel')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  program.parse([...args], { from: 'user' })
  const { json, ping } = program.opts<{ json: boolean; ping: boolean }>()

  const cwd = process.cwd()
  const paths = hostPaths(process.env, process.platform, homedir())
  const catalog = createCatalog({ builtin: builtIn, installed: paths.plugins, cwd, env: process.env })
  const { settings } = await readSettings({ paths, cwd })
  // Not those that others wrote: asked for a report, such a program may take its account instead.
  const listed = (await catalog.list()).filter(({ marketplace }) => marketplace === 'backchannel')
  const entries = program.args.length > 0 ? program.args.map(toEntry) : listed.map(({ name }) => toEntry(name))
  const ending = new AbortController()
  process.once('SIGINT', () => ending.abort())
  const diagnoses = await diagnose({
    catalog,
    cwd,
    env: process.env,
    home: homedir(),
    platform: process.platform,
    entries,
    settings: settings.channels,
    ping,
    signal: ending.signal,
    progress: (entry) => {
      if (!json && process.stderr.isTTY) process.stderr.write(`looking at ${entry} …\n`)
    },
  })
  if (json) process.stdout.write(`${JSON.stringify({ channels: diagnoses })}\n`)
  else process.stdout.write(`${diagnoses.map((one) => renderDiagnosis(one, new Date())).join('\n\n')}\n`)
  const isWrong = ({ error, report, ping: pinged }: (typeof diagnoses)[number]) =>
    error !== undefined || report?.unwritable != null || pinged?.ok === false
  return diagnoses.some(isWrong) ? 1 : 0
}

/** A bare name means the channel that comes with the command. */
function toEntry(text: string): PluginEntry {
  const entry = parseEntry(text.includes(':') ? text : `plugin:${text}@backchannel`)
  if (entry.kind === 'plugin') return entry
  throw new BackchannelError('usage', `The doctor looks at plugins, and ${text} is a server of an MCP file.`, {
    hint: 'Give a plugin, for example plugin:webhook@backchannel.',
  })
}
