/** `backchannel access CHANNEL …` and `backchannel configure CHANNEL …`: the operator's words to a channel's own program. */
import { homedir } from 'node:os'
import { createCatalog } from '@backchannel/host'
import { findProgram, runProgram } from '@backchannel/host/doctor'
import { BackchannelError, nearest, type PluginEntry } from '@backchannel/protocol'
import { channelNames } from './channel.ts'

export type OperatorWord = 'access' | 'configure'

const HELP: Readonly<Record<OperatorWord, string>> = {
  access: `Usage: backchannel access CHANNEL [WORD…]

Says who may write to a channel and who may approve what the agent asks for; without a word, who can now.
A Backchannel session that runs keeps its codes and approvers to itself: type /CHANNEL:access … there.

Examples:
  backchannel access fakechat              who can, and which codes wait
  backchannel access fakechat help         every word, and what can follow it
  backchannel access fakechat pair a1b2c3
  backchannel access fakechat --json       the same for scripts
`,
  configure: `Usage: backchannel configure CHANNEL [SETTING]

Shows what is set for a channel. With the name of a secret it asks for that without showing it, or takes it from a pipe.

Examples:
  backchannel configure fakechat           what is set, and where its state is
  backchannel configure telegram token     asks for the token
  backchannel configure telegram help      every setting
  backchannel configure fakechat --json    for scripts
`,
}

/** @returns the exit code: 0 done, 1 failed, 2 usage */
export async function operator(word: OperatorWord, args: readonly string[], builtIn: string): Promise<number> {
  const [name, ...words] = args
  if (name === undefined || name === '--help' || name === '-h') {
    const out = name === undefined ? process.stderr : process.stdout
    out.write(HELP[word])
    return name === undefined ? 2 : 0
  }
  const names = await channelNames(builtIn)
  const channel = /^(?:plugin:)?([\w-]+)(?:@backchannel)?$/.exec(name)?.[1] ?? ''
  if (!names.includes(channel)) throw unknown(name, names)
  const entry: PluginEntry = { kind: 'plugin', name: channel, marketplace: 'backchannel' }
  const { env, ...program } = await findProgram(entry, {
    catalog: createCatalog({ builtin: builtIn, env: process.env }),
    cwd: process.cwd(),
    env: process.env,
    home: homedir(),
    platform: process.platform,
  })
  // So that what it prints can be typed again.
  const called = { ...env, BACKCHANNEL_CALLED_AS: `backchannel ${word} ${channel}` }
  return runProgram({ ...program, env: called }, [word, ...words])
}

/** A program that is not ours might not know the word, and begin to serve. */
function unknown(name: string, names: readonly string[]): BackchannelError {
  const meant = nearest(name, names)
  const suggestion = meant === undefined ? '' : `Did you mean ${meant}? `
  return new BackchannelError('usage', `"${name.slice(0, 80)}" is no channel that comes with this command.`, {
    hint: `${suggestion}There are ${names.join(', ')}. Other channels take these words in a session, as /NAME:access.`,
  })
}
