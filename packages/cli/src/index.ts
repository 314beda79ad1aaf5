/** The `backchannel` command: finds what its arguments ask for, loads that alone, and ends with the exit code that says how it went. */
import { fileURLToPath } from 'node:url'
import { BackchannelError, renderError } from '@backchannel/protocol'
import { CommanderError } from 'commander'

/** Built beside the command: the marketplace that is part of it. */
const BUILT_IN = fileURLToPath(new URL('../marketplace', import.meta.url))
/** Built beside it too: what an ACP agent starts to reach the tools of channels. */
const BRIDGE = fileURLToPath(new URL('tools-bridge.mjs', import.meta.url))

// Channels of ours run on what runs this command: whatever else is called node on the PATH may be too old or missing.
process.env['BACKCHANNEL_RUNTIME'] ||= process.execPath

/** Subcommands come first on the line; anything else is a session. */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === 'plugin') return (await import('./commands/plugin.ts')).plugin(args, BUILT_IN)
  if (name === 'doctor') return (await import('./commands/doctor.ts')).doctor(args, BUILT_IN)
  if (name === 'up') return (await import('./commands/up.ts')).up(args, BUILT_IN)
  if (name === 'audit') return (await import('./commands/audit.ts')).audit(args)
  if (name === 'access' || name === 'configure')
    return (await import('./commands/operator.ts')).operator(name, args, BUILT_IN)
  if (name === 'consents') return (await import('./commands/consents.ts')).consents(args)
  if (/^[a-z][\w-]*$/.test(name)) {
    const { channelCommand, channelNames } = await import('./commands/channel.ts')
    if ((await channelNames(BUILT_IN)).includes(name)) return channelCommand(name, args, BUILT_IN)
  }
  const { session } = await import('./commands/session.ts')
  return session(
    [name, ...args].filter((part, at) => at > 0 || part !== ''),
    { builtIn: BUILT_IN, bridge: BRIDGE },
  )
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (thrown) {
  if (thrown instanceof CommanderError) process.exit(thrown.exitCode === 0 ? 0 : 2)
  process.stderr.write(`backchannel: ${renderError(thrown)}\n`)
  process.exit(BackchannelError.is(thrown) && thrown.code === 'usage' ? 2 : 1)
}
