/** Both real agents from the page alone: a message in, an approval and a stop given there, the answer read there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSubject } from '@backchannel/testkit/agent-contract'
import { expect, onTestFinished, test } from 'vitest'
import { createAgentWorld } from './support/agent-world.ts'
import { openPage } from './support/page.ts'
import { ACP, CLAUDE } from './support/real-agents.ts'

test.each([
  ['Claude through the Agent SDK', CLAUDE],
  ['Claude through claude-agent-acp', ACP],
])('%s is written to, approved, answered by and stopped from the page', async (name, choice) => {
  const subject = await openSubject({ name, hasProcess: true, open: () => createAgentWorld(choice) })
  onTestFinished(() => subject.close())
  const { session, world } = subject
  await using page = await openPage(world.fakechatPort, (text) => session.send({ type: 'command', text }))

  const from = session.mark()
  page.send({ id: 'p1', text: world.arrange({ kind: 'run', command: 'touch from-the-page; echo made' }) })
  const request = await page.next('permission')
  expect(request).toMatchObject({ tool: 'Bash', preview: expect.stringContaining('touch from-the-page') })
  expect(existsSync(join(world.cwd, 'from-the-page'))).toBe(false)
  page.send({ type: 'verdict', id: request['id'], behavior: 'allow' })
  const answer = await page.next('msg', ({ from: who }) => who === 'assistant')
  expect(answer['text']).toContain('made')
  expect(existsSync(join(world.cwd, 'from-the-page'))).toBe(true)
  expect(await session.next('permission.resolved', from)).toMatchObject({ behavior: 'allow', by: 'fakechat' })
  expect(await session.next('turn.finished', from)).toMatchObject({ outcome: 'completed' })

  const later = session.mark()
  page.send({ id: 'p2', text: world.arrange({ kind: 'wait' }) })
  await session.next('tool.called', later, ({ tool }) => tool === 'Bash')
  page.send({ type: 'interrupt' })
  expect(await session.next('turn.finished', later)).toMatchObject({ outcome: 'interrupted' })
})
