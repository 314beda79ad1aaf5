/** An ACP agent from the command line: its command is needed, and is nothing to any other agent. */
import { createAcpAgent } from '@backchannel/host/acp'
import { BackchannelError } from '@backchannel/protocol'
import type { AgentChoice } from './agent.ts'

const EXAMPLE = '--agent acp --agent-command "npx @agentclientprotocol/claude-agent-acp"'

/**
 * @param bridge the program of the bridge
 * @throws BackchannelError `usage` where there is no command, or one that can't be read
 */
export function chooseAcp(command: string | undefined, bridge: string): AgentChoice {
  if (command === undefined)
    throw new BackchannelError('usage', 'The agent acp needs a command to start: --agent-command "CMD…".', {
      hint: `For example: ${EXAMPLE}`,
    })
  const agent = createAcpAgent({ command, bridge: [process.execPath, bridge] })
  return { agent, notice: `The agent is started by: ${command}`, keptAs: command }
}

export function commandWithoutAcp(): BackchannelError {
  return new BackchannelError('usage', '--agent-command is for --agent acp alone.', { hint: `For example: ${EXAMPLE}` })
}
