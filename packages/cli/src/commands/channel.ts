/** `backchannel webhook add …`: hands the rest of the command line to the channel's own program. */
import { homedir } from 'node:os'
import { createCatalog } from '@backchannel/host'
import { findProgram, runProgram } from '@backchannel/host/doctor'
import { type PluginEntry, renderError } from '@backchannel/protocol'

/** The names that may follow `backchannel` as a command: the channels that come with it. */
export async function channelNames(builtIn: string): Promise<readonly string[]> {
  const listed = await createCatalog({ builtin: builtIn, env: process.env })
    .list()
    .catch(() => [])
  return listed.map(({ name }) => name)
}

/** @returns the program's exit code */
export async function channelCommand(name: string, args: readonly string[], builtIn: string): Promise<number> {
  const entry: PluginEntry = { kind: 'plugin', name, marketplace: 'backchannel' }
  try {
    const program = await findProgram(entry, {
      catalog: createCatalog({ builtin: builtIn, env: process.env }),
      cwd: process.cwd(),
      env: process.env,
      home: homedir(),
      platform: process.platform,
    })
    return await runProgram(program, args.length === 0 ? ['help'] : args)
  } catch (thrown) {
    process.stderr.write(`backchannel ${name}: ${renderError(thrown)}\n`)
    return 1
  }
}
