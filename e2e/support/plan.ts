/** Mode `plan` of a real agent, from the prompt to the first change: the same of each. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ContractSession } from '@backchannel/testkit/agent-contract'
import type { MessagesRequest } from '@backchannel/testkit/messages-api'
import { expect } from 'vitest'
import type { RealAgentWorld } from './agent-world.ts'
import { bash } from './scripted-model.ts'

/** Nothing is changed before the plan was shown and approved, and then what is approved is. */
export async function planAndApprove(world: RealAgentWorld, session: ContractSession): Promise<void> {
  const write = ({ body }: MessagesRequest) => {
    const [file = ''] = /[^\s"'`]+\/\.claude\/plans\/[\w-]+\.md/.exec(JSON.stringify(body)) ?? []
    return { blocks: [{ tool: 'Write', input: { file_path: file, content: 'First touch planned.' } }] }
  }
  const plan = { blocks: [{ tool: 'ExitPlanMode', input: {} }] }
  world.api.script(bash('touch too-early'), write, plan, bash('touch planned'), 'done', 'reminded')
  const from = session.mark()
  await session.say('plan it')
  const question = await session.next('question.requested', from)
  expect(question['text']).toMatch(/^The agent has a plan.*\nFirst touch planned\.$/)
  expect(existsSync(join(world.cwd, 'too-early'))).toBe(false)
  session.send({ type: 'answer', question_id: question['question_id'], choices: ['yes'] })
  const request = await session.next('permission.requested', from)
  session.send({ type: 'permission', request_id: request['request_id'], behavior: 'allow' })
  await session.next('turn.finished', from)
  expect(existsSync(join(world.cwd, 'planned'))).toBe(true)
}
