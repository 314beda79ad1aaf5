/** The real agents of our host, as the tests start them: both run the pinned client, and none brings its own. */
import type { AgentChoice } from './agent-world.ts'
import { ADAPTER, SDK } from './agents.ts'
import { clientPath } from './client.ts'

export const CLAUDE: AgentChoice = {
  args: ['--agent', 'claude'],
  env: { BACKCHANNEL_CLAUDE_SDK: SDK, BACKCHANNEL_CLAUDE: clientPath() },
}

export const ACP: AgentChoice = {
  args: ['--agent', 'acp', '--agent-command', `'${process.execPath}' '${ADAPTER}'`],
  env: { CLAUDE_CODE_EXECUTABLE: clientPath() },
}
