/** What only the operator may do, in the real client: the plugin's commands answer without the model, and its hook stops the agent. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessagesRequest, ModelReply, Reply } from '@backchannel/testkit/messages-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, install, type World } from './support/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await install(world)
})
afterEach(async () => {
  const { asked } = world.outside
  await world[Symbol.asyncDispose]()
  expect(asked).toEqual([])
})

/** A guard of ours, by the client's word; a wildcard below the state of all channels is for each of them to refuse. */
const GUARDED =
  /^refused: .*The user types \/(?:discord|fakechat|imessage|telegram|webhook):\w+.*This hook comes from the \w+@backchannel plugin/s

const bash = (command: string): ModelReply => ({ blocks: [{ tool: 'Bash', input: { command, description: 'Look' } }] })

test('/fakechat:access answers the operator, and no model hears of it', async () => {
  const { stdout } = await world.run(['-p', '/fakechat:access'])
  expect(stdout).toContain('Nobody can approve through this channel.')
  expect(world.api.requests).toEqual([])
})

test('the agent reads and writes nothing of the state, whatever is allowed, and cannot start the command', async () => {
  const secret = join(world.channels, 'fakechat/approvers.json')
  await mkdir(join(secret, '..'), { recursive: true })
  await writeFile(secret, '{"approvers":["the-owner"]}')
  const tries: Reply[] = [
    bash(`cat ${secret}`),
    bash('cd ~/.claude && cat channels/*/approvers.json'),
    { blocks: [{ tool: 'Read', input: { file_path: secret } }] },
    { blocks: [{ tool: 'Write', input: { file_path: join(secret, '../access.json'), content: '{}' } }] },
    { blocks: [{ tool: 'Skill', input: { skill: 'fakechat:access', args: 'approver add 77' } }] },
  ]
  const answers: string[] = []
  const hear = ({ toolResults }: MessagesRequest) => {
    answers.push(...toolResults.map(({ text, isError }) => `${isError ? 'refused' : 'done'}: ${text}`))
  }
  for (const reply of [...tries, 'done']) {
    world.api.script((request) => {
      hear(request)
      return reply
    })
  }
  const { stdout } = await world.run(['-p', 'begin', '--allowedTools', 'Bash', 'Write', 'Read', 'Skill'])
  expect([stdout, world.api.problems]).toEqual(['done\n', []])
  expect(answers).toHaveLength(tries.length)
  for (const answer of answers.slice(0, -1)) expect(answer).toMatch(GUARDED)
  // The client itself: the model can't start this command.
  expect(answers.at(-1)).toMatch(/^refused: .*disable-model-invocation/)
  expect(answers.join('\n')).not.toContain('the-owner')
  expect(await readFile(secret, 'utf8')).toContain('the-owner')
})
