/** Claude through the real Agent SDK keeps the agent contract, against a stand-in for the Messages API. */
import { agentContract } from '@backchannel/testkit/agent-contract'
import { createAgentWorld } from './support/agent-world.ts'
import { CLAUDE } from './support/real-agents.ts'

agentContract({
  name: 'Claude through the Agent SDK',
  hasProcess: true,
  open: () => createAgentWorld(CLAUDE),
})
