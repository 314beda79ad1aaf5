/** Claude through the real ACP adapter keeps the agent contract, against a stand-in for the Messages API. */
import { agentContract } from '@backchannel/testkit/agent-contract'
import { createAgentWorld } from './support/agent-world.ts'
import { ACP } from './support/real-agents.ts'

agentContract({
  name: 'Claude through claude-agent-acp',
  hasProcess: true,
  open: () => createAgentWorld(ACP),
})
