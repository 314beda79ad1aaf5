/** Whether Claude can be the agent here, found out without loading anything of it. */
import type { BackchannelError } from '@backchannel/protocol'
import type { Agent } from '../agent.ts'
import { createClaudeAgent, INSTALL } from './claude.ts'
import { findCredential, findPath, findSdk } from './find.ts'
import { unavailable } from './problems.ts'

export { createClaudeAgent } from './claude.ts'

export interface ClaudeRequest {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

export type ClaudeChoice =
  | {
      readonly agent: Agent
      /** What it signs in with, in words; absent where nothing was found, which need not mean that there is nothing. */
      readonly credential?: string
    }
  /** `agent-unavailable` */
  | { readonly agent?: undefined; readonly problem: BackchannelError }

export async function chooseClaude({ env, home }: ClaudeRequest): Promise<ClaudeChoice> {
  const sdk = findSdk(env)
  const path = await findPath(env)
  if (!sdk) {
    const what =
      path === undefined ? 'Neither Claude Code nor its Agent SDK is' : `${path} is here, but its Agent SDK is not`
    return { problem: unavailable(`${what} installed beside this command.`, INSTALL) }
  }
  if (!sdk.hasProgram && path === undefined)
    return {
      problem: unavailable('The Agent SDK is installed without Claude Code, and there is no claude on PATH.', INSTALL),
    }
  const credential = await findCredential(env, home)
  return { agent: createClaudeAgent({ env }), ...(credential === undefined ? {} : { credential }) }
}
