/** The `backchannel` command: reads its arguments, runs a session, and ends with the exit code that says how it went. */
import { fileURLToPath } from 'node:url'
import { HOST_VERSION } from '@backchannel/host'
import { renderError } from '@backchannel/protocol'
import { CommanderError } from 'commander'
import { channelCommand, channelNames } from './commands/channel.ts'
import { doctor } from './commands/doctor.ts'
import { parseArguments } from './options.ts'
import { runSession } from './run-session.ts'

/** Built beside the command: the marketplace that is part of it. */
const BUILT_IN = fileURLToPath(new URL('../marketplace', import.meta.url))

/** Subcommands come first on the line; anything else is a session. */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === 'doctor') return doctor(args, BUILT_IN)
  if (/^[a-z]/.test(name) && (await channelNames(BUILT_IN)).includes(name)) return channelCommand(name, args, BUILT_IN)
  const given = parseArguments(
    [name, ...args].filter((part, at) => at > 0 || part !== ''),
    HOST_VERSION,
  )
  return 'exit' in given ? given.exit : runSession(given, BUILT_IN)
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exit(thrown.exitCode === 0 ? 0 : 2)
  process.stderr.write(`backchannel: ${renderError(thrown)}\n`)
  process.exit(1)
}
