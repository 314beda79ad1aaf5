/**
 * Whether this session has registered the channel (contract 8): our host says so; of a stock host it is concluded from
 * the arguments it was started with, or the operator says so; where neither can be known, the handshake decides.
 */
import { isEntry, parseEntry } from '@backchannel/protocol'

export type Conclusion =
  | { readonly registered: true; readonly because: string }
  | { readonly registered: false; readonly because: string }

export interface Circumstances {
  readonly channel: string
  /** `clientInfo.name` of the handshake. */
  readonly client: string
  /** Argument lists of the ancestor processes, nearest first; `undefined` where they can't be read. */
  readonly ancestors: readonly (readonly string[])[] | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

const FLAGS = ['--channels', '--dangerously-load-development-channels']

/** The operator's word towards a host that does not say: `1` registers, `0` never does. */
export const ATTACH_VARIABLE = 'BACKCHANNEL_ATTACH'

/** Concludes for a host without receipts. */
export function concludeRegistration({ channel, client, ancestors, env }: Circumstances): Conclusion {
  const word = env[ATTACH_VARIABLE]
  if (word === '1' || word === 'true') return { registered: true, because: `${ATTACH_VARIABLE} is set` }
  if (word === '0' || word === 'false') return { registered: false, because: `${ATTACH_VARIABLE}=${word}` }
  const host = ancestors?.find(isClaudeCode)
  if (ancestors?.some((list) => namesChannel(list, channel))) {
    return { registered: true, because: 'the session was started with this channel' }
  }
  if (host !== undefined || (client === 'claude-code' && ancestors !== undefined)) {
    return {
      registered: false,
      because: `the session was started without it; add ${FLAGS[0]} plugin:${channel}@MARKETPLACE`,
    }
  }
  return { registered: true, because: 'the host does not say which channels it registers' }
}

/** True for the command of Claude Code: the `claude` binary, or its package run by node. */
function isClaudeCode(list: readonly string[]): boolean {
  return list
    .slice(0, 3)
    .some((part) => /(^|[\\/])claude(\.exe|\.cmd)?$/.test(part) || part.includes('@anthropic-ai/claude-code'))
}

function namesChannel(list: readonly string[], channel: string): boolean {
  let collecting = false
  for (const argument of list) {
    const [flag = '', inline] = argument.split('=', 2)
    if (FLAGS.includes(flag)) {
      collecting = true
      if (inline !== undefined && names(inline, channel)) return true
    } else if (collecting && isEntry(argument)) {
      if (names(argument, channel)) return true
    } else {
      collecting = false
    }
  }
  return false
}

function names(text: string, channel: string): boolean {
  return isEntry(text) && parseEntry(text).name === channel
}
