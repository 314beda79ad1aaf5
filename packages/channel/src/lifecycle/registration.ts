/**
 * Whether this session has registered the channel (contract 8): our host says so; of a stock host it is concluded from
 * the arguments it was started with, or the operator says so; where neither can be known, the handshake decides.
 */
import { isEntry, parseEntry } from '@backchannel/protocol'
import type { Ancestor } from './ancestors.ts'

export type Conclusion =
  | { readonly registered: true; readonly because: string }
  | { readonly registered: false; readonly because: string }

export interface Circumstances {
  readonly channel: string
  /** `clientInfo.name` of the handshake. */
  readonly client: string
  /** The processes above, nearest first; `undefined` where they can't be read. */
  readonly ancestors: readonly Ancestor[] | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

const FLAGS = ['--channels', '--dangerously-load-development-channels']

/** The operator's word towards a host that does not say: `1` registers, `0` never does. */
export const ATTACH_VARIABLE = 'BACKCHANNEL_ATTACH'

/** Concludes for a host without receipts. */
export function concludeRegistration({ channel, client, ancestors, env }: Circumstances): Conclusion {
  const word = env[ATTACH_VARIABLE]
  if (word === '1' || word === 'true') return { registered: true, because: `${ATTACH_VARIABLE}=${word}` }
  if (word === '0' || word === 'false') return { registered: false, because: `${ATTACH_VARIABLE}=${word}` }
  const session = findSession(ancestors ?? [])
  if (session.some((ancestor) => namesChannel(ancestor.arguments, channel))) {
    return { registered: true, because: 'the session was started with this channel' }
  }
  const host = session.filter(isClaudeCode)
  const isKnown = host.length > 0 ? !host.some(({ hidden }) => hidden) : client === 'claude-code' && ancestors
  if (!isKnown) return { registered: true, because: 'the host does not say which channels it registers' }
  return {
    registered: false,
    because: `the session was started without it; name it plugin:${channel}@MARKETPLACE after ${FLAGS[0]} or server:${channel} after ${FLAGS[1]}, or set ${ATTACH_VARIABLE}=1`,
  }
}

/**
 * The processes up to the nearest Claude Code and its launchers; all of them where there is none. What is above belongs
 * to another session: an agent may start a session of its own.
 */
function findSession(ancestors: readonly Ancestor[]): readonly Ancestor[] {
  const first = ancestors.findIndex(isClaudeCode)
  if (first === -1) return ancestors
  const above = ancestors.findIndex((ancestor, at) => at > first && !isClaudeCode(ancestor))
  return above === -1 ? ancestors : ancestors.slice(0, above)
}

const INTERPRETER = /(^|[\\/])(node|bun|deno|sh|bash|zsh|dash)(\.exe)?$/
const CLAUDE = /(^|[\\/])claude(\.exe|\.cmd)?$/

/** True for the command of Claude Code: the `claude` binary, or its script or package run by an interpreter. */
function isClaudeCode({ arguments: [command = '', ...rest] }: Ancestor): boolean {
  if (CLAUDE.test(command)) return true
  const script = INTERPRETER.test(command) ? rest.find((part) => !part.startsWith('-')) : undefined
  return script !== undefined && (CLAUDE.test(script) || script.includes('@anthropic-ai/claude-code'))
}

function namesChannel(list: readonly string[], channel: string): boolean {
  let collecting = false
  for (const argument of list) {
    const [flag = '', inline] = argument.split('=', 2)
    if (FLAGS.includes(flag)) {
      collecting = true
      if (inline !== undefined && readEntries(inline).includes(channel)) return true
    } else if (collecting) {
      const names = readEntries(argument)
      if (names.includes(channel)) return true
      collecting = names.length > 0
    }
  }
  return false
}

/** The names of entries, several where somebody has quoted them as one argument; none if it is anything else. */
function readEntries(argument: string): string[] {
  const parts = argument.split(/[\s,]+/).filter((part) => part !== '')
  return parts.every(isEntry) ? parts.map((part) => parseEntry(part).name) : []
}
