/** The command line: channel entries are recognised by their grammar, everything else is commander's. */
import { BackchannelError, type Entry, isEntry, parseEntry } from '@backchannel/protocol'

export const CHANNELS_FLAG = '--channels'
export const DEVELOPMENT_FLAG = '--dangerously-load-development-channels'

export interface EntryArguments {
  readonly channels: readonly Entry[]
  readonly development: readonly Entry[]
  /** What is left for the option parser. */
  readonly rest: readonly string[]
}

/**
 * Takes the entries out, so that `--channels plugin:a@b plugin:c@d "the prompt"` means what it says.
 * @throws BackchannelError `entry-invalid` for a flag that no entry follows
 */
export function takeEntries(argv: readonly string[]): EntryArguments {
  const channels: Entry[] = []
  const development: Entry[] = []
  const rest: string[] = []
  for (let at = 0; at < argv.length; at += 1) {
    const [flag = '', inline] = splitFlag(argv[at] ?? '')
    if (flag === '--') {
      rest.push(...argv.slice(at))
      break
    }
    if (flag !== CHANNELS_FLAG && flag !== DEVELOPMENT_FLAG) {
      rest.push(argv[at] ?? '')
      continue
    }
    const found = inline === undefined ? [] : [inline]
    while (isEntry(argv[at + 1] ?? '')) {
      at += 1
      found.push(argv[at] ?? '')
    }
    if (found.length === 0) throw missing(flag, argv[at + 1])
    const into = flag === CHANNELS_FLAG ? channels : development
    into.push(...found.map(parseEntry))
  }
  return { channels, development, rest }
}

function splitFlag(argument: string): [flag: string, inline: string | undefined] {
  const at = argument.indexOf('=')
  return argument.startsWith('--') && at > 0 ? [argument.slice(0, at), argument.slice(at + 1)] : [argument, undefined]
}

/** Says what followed in place of an entry, with the nearest thing that would be one. */
function missing(flag: string, next: string | undefined): BackchannelError {
  if (next === undefined || next.startsWith('-')) {
    return new BackchannelError('entry-invalid', `${flag} needs at least one channel entry, and none follows.`, {
      hint: `For example: ${flag} plugin:fakechat@backchannel`,
    })
  }
  try {
    parseEntry(next)
  } catch (thrown) {
    if (BackchannelError.is(thrown)) return thrown
  }
  return new BackchannelError('entry-invalid', `"${next}" after ${flag} is not a channel entry.`)
}
