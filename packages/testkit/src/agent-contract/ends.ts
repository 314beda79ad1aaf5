/** Ends that nobody asked for, and the one of the session: nothing is lost, and nothing is left behind. */
import assert from 'node:assert/strict'
import { isAlive } from '../processes.ts'
import { waitFor } from '../wait.ts'
import { type AgentCheck, type AgentSubject, outcomeIn, repliesIn } from './check.ts'
import { agentProcess, agentProcesses, canLook, descendantsOf, isAgents, type SeenProcess } from './processes.ts'

const needsProcess = ({ descriptor }: AgentSubject) => {
  if (!descriptor.hasProcess) return 'a process of its own'
  return canLook ? undefined : 'a system whose processes can be looked at'
}

async function findAgent({ session }: AgentSubject): Promise<SeenProcess> {
  return await waitFor(() => agentProcess(session.pid), { what: 'the process of the agent' })
}

const recovers: AgentCheck = {
  title:
    'is started again when its process is killed in the middle of a turn, and gets the messages of that turn, labelled',
  lacks: needsProcess,
  async run(subject) {
    const { world, session } = subject
    const agent = await findAgent(subject)
    const from = session.mark()
    const before = agentProcesses(agent).length
    const text = world.arrange({ kind: 'wait' })
    await session.say(text)
    await session.next('tool.called', from, ({ tool }) => tool === 'Bash')
    await waitFor(() => agentProcesses(agent).length > before, { what: 'what the agent has started' })
    await session.say('written meanwhile')
    await session.next('event.received', from, ({ content }) => content === 'written meanwhile')
    const running = agentProcesses(agent).map(({ pid }) => pid)
    world.arrange({ kind: 'reply', text: 'from the second try' })
    world.arrange({ kind: 'reply', text: 'and the one that waited' })
    process.kill(agent.pid, 'SIGKILL')
    const again = await session.next('turn.started', from, ({ input }) => /redelivered="true"/.test(String(input)))
    assert.ok(String(again['input']).includes(text), String(again['input']))
    await waitFor(() => !running.some(isAlive), { what: 'every process of the killed agent to be gone' })
    const last = await session.next('turn.started', from, ({ input }) => String(input).includes('written meanwhile'))
    await session.next('turn.finished', from, ({ turn }) => turn === last['turn'])
    assert.deepEqual(repliesIn(session.told.slice(from)), ['from the second try', 'and the one that waited'])
  },
}

const losesNothing: AgentCheck = {
  title: 'is there for the next message when its process was killed between turns',
  lacks: needsProcess,
  async run(subject) {
    const { world, session, take } = subject
    const agent = await findAgent(subject)
    const from = session.mark()
    process.kill(agent.pid, 'SIGKILL')
    await session.next('notice', from, ({ message }) => /has ended/.test(String(message)))
    const told = await take(world.arrange({ kind: 'reply', text: 'here again' }))
    assert.equal(outcomeIn(told), 'completed')
    assert.deepEqual(repliesIn(told), ['here again'])
  },
}

const keepsSecrets: AgentCheck = {
  title: 'has no secret of its own in the environment of a channel',
  lacks: ({ world }) =>
    world.secrets && canLook ? undefined : 'secrets, or a system whose processes can be looked at',
  async run({ world, session }) {
    const channels = descendantsOf(session.pid).filter((seen) => !isAgents(seen))
    assert.ok(channels.length > 0)
    for (const { environment } of channels) {
      const leaked = environment.filter((variable) => world.secrets?.some((secret) => variable.includes(secret)))
      assert.deepEqual(leaked, [])
    }
  },
}

const leavesNothing: AgentCheck = {
  title: 'leaves no process behind when the session ends in the middle of a turn',
  lacks: () => (canLook ? undefined : 'a system whose processes can be looked at'),
  async run({ world, session, descriptor }) {
    const from = session.mark()
    await session.say(world.arrange({ kind: 'wait' }))
    await session.next(descriptor.hasProcess ? 'tool.called' : 'turn.started', from)
    const pids = descendantsOf(session.pid).map(({ pid }) => pid)
    assert.equal(await session.end(), 0)
    await waitFor(() => !pids.some(isAlive), { what: 'every process of the session to be gone' })
  },
}

/** The last of them ends the session that all share. */
export const ENDS: readonly AgentCheck[] = [losesNothing, recovers, keepsSecrets, leavesNothing]
