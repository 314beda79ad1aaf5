/** Sessions with Claude through the real ACP adapter: what is other there than through the SDK; against a stand-in for the API. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, waitFor } from '@backchannel/testkit'
import { type ContractSession, repliesIn, startSession } from '@backchannel/testkit/agent-contract'
import { afterEach, expect, test } from 'vitest'
import { type AgentWorldOptions, createAgentWorld, type RealAgentWorld } from './support/agent-world.ts'
import { clientPath } from './support/client.ts'
import { planAndApprove } from './support/plan.ts'
import { canLook, findPrograms } from './support/processes.ts'
import { ACP } from './support/real-agents.ts'
import { bash } from './support/scripted-model.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

async function open(options: AgentWorldOptions = {}, args: readonly string[] = []) {
  const world = await createAgentWorld({ ...ACP, args: [...ACP.args, ...args] }, options)
  opened.push(async () => await world[Symbol.asyncDispose]())
  return { world, session: await begin(world) }
}

async function begin(world: RealAgentWorld): Promise<ContractSession> {
  const session = await startSession(world)
  opened.push(() => session.end())
  return session
}

async function take(session: ContractSession, text: string) {
  const from = session.mark()
  await session.say(text)
  await session.next('turn.finished', from)
  return session.told.slice(from)
}

test("what Claude's own settings allow is asked for here, and what they deny is refused", async () => {
  const files = { 'home/.claude/settings.json': { permissions: { allow: ['Bash'], deny: ['Bash(touch denied)'] } } }
  const { world, session } = await open({ permissions: { allow: ['Bash(touch allowed)'] }, files })
  world.api.script(bash('touch allowed'), bash('touch asked'), bash('touch denied'), 'done', 'reminded')
  const from = session.mark()
  await session.say('do all of it')
  const request = await session.next('permission.requested', from)
  expect(request['input_preview']).toContain('touch asked')
  session.send({ type: 'permission', request_id: request['request_id'], behavior: 'deny' })
  await session.next('turn.finished', from)
  expect(session.told.slice(from).filter(({ type }) => type === 'permission.requested')).toHaveLength(1)
  const made = ['allowed', 'asked', 'denied'].map((name) => existsSync(join(world.cwd, name)))
  expect(made).toEqual([true, false, false])
})

test.runIf(canLook)(
  'its Claude killed below the adapter is a lost agent: nothing is left, and the message comes again',
  async () => {
    const { world, session } = await open()
    const from = session.mark()
    const text = world.arrange({ kind: 'wait' })
    await session.say(text)
    await session.next('tool.called', from, ({ tool }) => tool === 'Bash')
    const shells = () => findPrograms(session.pid, 'tail -f /dev/null')
    await waitFor(() => shells().length > 0, { what: 'its shell' })
    const [claude, ...tails] = [...findPrograms(session.pid, clientPath()), ...shells()].map(({ pid }) => pid)
    world.arrange({ kind: 'reply', text: 'from the second try' })
    process.kill(claude ?? 0, 'SIGKILL')
    const again = await session.next('turn.started', from, ({ input }) => String(input).includes('redelivered="true"'))
    expect(again['input']).toContain(text)
    await waitFor(() => !tails.some(isAlive), { what: 'its shell to be gone' })
    await session.next('turn.finished', from, ({ turn }) => turn === again['turn'])
    expect(repliesIn(session.told.slice(from))).toEqual(['from the second try'])
  },
)

test('a failing provider is told while it is tried again; /new forgets, /compact sums up, and text is text after it', async () => {
  const { world, session } = await open()
  const command = async (text: string, answer: RegExp) => {
    const from = session.mark()
    session.send({ type: 'command', text })
    await session.next('notice', from, ({ message }) => answer.test(String(message)))
  }
  const lastRequest = () => JSON.stringify(world.api.requests.at(-1)?.messages)
  world.api.script({ error: { status: 529, type: 'overloaded_error', message: 'Overloaded' } })
  const told = await take(session, world.arrange({ kind: 'reply', text: 'the word is swordfish' }))
  expect(told).toContainEqual(
    expect.objectContaining({ message: expect.stringMatching(/^The agent waits: .*overloaded/) }),
  )
  expect(repliesIn(told)).toEqual(['the word is swordfish'])
  await command('/new', /^A new conversation has begun/)
  await take(session, world.arrange({ kind: 'reply', text: 'the word is halibut' }))
  expect(lastRequest()).not.toContain('swordfish')
  world.api.script('<summary>We spoke of fish.</summary>')
  await command('/compact', /^The conversation is compacted/)
  await writeFile(join(world.cwd, 'secret.txt'), 'the-content-of-the-file')
  world.arrange({ kind: 'reply', text: 'and now?' })
  await take(session, '/compact @secret.txt')
  expect(lastRequest()).toContain('We spoke of fish.')
  expect(lastRequest()).toContain('/compact @secret.txt')
  expect(lastRequest()).not.toMatch(/halibut|the-content-of-the-file/)
})

test('a plan is shown and approved before anything is changed, and ends plan mode', async () => {
  const { world, session } = await open({}, ['--permission-mode', 'plan'])
  await planAndApprove(world, session)
})

test('a conversation goes on in a later session', async () => {
  const { world, session } = await open()
  await take(session, world.arrange({ kind: 'reply', text: 'the word is swordfish' }))
  await session.end()
  const second = await begin({ ...world, args: [...world.args, '--continue'] })
  await take(second, world.arrange({ kind: 'reply', text: 'it was swordfish' }))
  expect(JSON.stringify(world.api.requests.at(-1)?.messages)).toContain('the word is swordfish')
})
