/** The demo agent keeps the agent contract, in a session of the built command; the end-to-end suite has it kept by the real ones. */
import { type Act, agentContract } from '@backchannel/testkit/agent-contract'
import { COMMAND, createProject } from './support/command.ts'

agentContract({
  name: 'the demo agent',
  hasProcess: false,
  async open() {
    const project = await createProject()
    return {
      command: process.execPath,
      args: [COMMAND, '--agent', 'demo', '--channels', 'plugin:fakechat@backchannel'],
      env: project.env,
      cwd: project.path,
      fakechatPort: project.ports.fakechat,
      arrange: describe,
      [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
    }
  },
})

function describe(act: Act): string {
  switch (act.kind) {
    case 'reply':
      return act.text
    case 'run':
      return `run: ${act.command}`
    case 'wait':
      return 'wait 600'
    case 'ask':
      return `ask: ${[act.question, ...act.choices].join(' | ')}`
  }
}
