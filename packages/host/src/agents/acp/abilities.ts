/** What an agent said of itself at the handshake, as far as the host goes by it. */
import { isRecord } from '@backchannel/protocol'

export interface AgentAbilities {
  /** As it names itself; for people. */
  readonly name: string
  /** It takes up an earlier session without telling it all again. */
  readonly resume: boolean
  /** It takes up an earlier session, and tells it all again. */
  readonly load: boolean
  /** It can be told that a session is over. */
  readonly close: boolean
  /** It is Claude Code behind the adapter that takes options of its SDK in `_meta.claudeCode`. */
  readonly claudeCode: boolean
  /** How it can be signed in to, in its own words. */
  readonly signIn: readonly string[]
}

export function readAbilities(answer: Readonly<Record<string, unknown>>): AgentAbilities {
  const capabilities = record(answer['agentCapabilities'])
  const sessions = record(capabilities['sessionCapabilities'])
  const { name, title } = record(answer['agentInfo'])
  const methods = Array.isArray(answer['authMethods']) ? answer['authMethods'] : []
  return {
    name: [title, name].find((text) => typeof text === 'string' && text !== '')?.toString() ?? 'the agent',
    resume: isRecord(sessions['resume']),
    load: capabilities['loadSession'] === true,
    close: isRecord(sessions['close']),
    claudeCode: isRecord(record(capabilities['_meta'])['claudeCode']),
    signIn: methods.flatMap((method) => {
      const { description, name: called } = record(method)
      return [description, called].find((text) => typeof text === 'string') ?? []
    }) as string[],
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
