/** Which agent runs the session, and the notice that says why. */
import { type Agent, createDemoAgent } from '@backchannel/host'
import { BackchannelError } from '@backchannel/protocol'

export interface AgentChoice {
  readonly agent: Agent
  /** Said at the start of the session. */
  readonly notice: string
}

const DEMO =
  'a demo: it needs no key, reads and writes files and runs commands where that is allowed, and repeats what else it receives.'

/**
 * @param asked from `--agent`, else from the settings
 * @throws BackchannelError `agent-unavailable`
 */
export function chooseAgent(asked: string | undefined): AgentChoice {
  if (asked === undefined)
    return { agent: createDemoAgent(), notice: `The agent is ${DEMO} This version has no other.` }
  if (asked === 'demo') return { agent: createDemoAgent(), notice: `The agent is ${DEMO}` }
  throw new BackchannelError('agent-unavailable', `The agent "${asked}" is not part of this version.`, {
    hint: 'Start with --agent demo.',
  })
}
