/** A session: an agent, its channels, the queue between them, and one stream of everything that happens. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChannelCapabilities, renderError } from '@backchannel/protocol'
import type { Agent, AgentOptions } from '../agents/agent.ts'
import { agentEnvironment } from '../agents/environment.ts'
import { type AuditOptions, createAuditTrail, NO_AUDIT } from '../audit/trail.ts'
import type { Admission } from '../channels/admission.ts'
import type { ServerPlan } from '../channels/channel.ts'
import { type ChannelSet, createChannelSet } from '../channels/channel-set.ts'
import { createDropReport } from '../channels/drop-report.ts'
import type { IntakeLimits } from '../channels/event-intake.ts'
import { createQueue } from '../channels/queue.ts'
import type { RelayPorts } from '../channels/relay-link.ts'
import { completeChannelCommand, type ListedCommand, listChannelCommands } from '../commands/channel-command.ts'
import type { Answer } from '../commands/command.ts'
import { COMMANDS, runCommand } from '../commands/index.ts'
import { type PermissionOptions, sessionPermissions } from '../permissions/session-permissions.ts'
import type { PolicySource } from '../settings/policy-source.ts'
import type { EventStream, NoticeLevel, SessionEvent } from '../ui/events.ts'
import type { SessionInput } from '../ui/interaction.ts'
import { createActivity } from './activity.ts'
import { createAgentLife } from './agent-life.ts'
import { type ApprovalOptions, createApprovals } from './approvals.ts'
import { type UnansweredTurn, withChatAnswers } from './chat-answer.ts'
import { createControl } from './control.ts'
import type { Conversations } from './conversations.ts'
import type { Plan, Refusal } from './plan.ts'
import { createQuestions } from './questions.ts'
import { createReload } from './reload.ts'
import { createToolRunner } from './tool-runner.ts'
import { createTurnLoop } from './turn-loop.ts'

export interface SessionLimits extends IntakeLimits {
  /** Events of one channel that may wait for the agent. */
  readonly eventsPerChannel: number
  /** For the handshake of a server, in milliseconds. */
  readonly startTimeoutMs: number
}

export interface SessionOptions {
  readonly agent: Agent
  /** What of it differs from: the agent's default model, every settings file of its own, a new conversation. */
  readonly agentOptions?: Partial<Omit<AgentOptions, 'permissionMode'>>
  /** Where the agent's conversations are kept for later sessions. Absent: nowhere. */
  readonly conversations?: Pick<Conversations, 'begin' | 'close'> | undefined
  readonly cwd: string
  /** Absent: mode `default`, no rules, the environment of this process. */
  readonly permissions?: PermissionOptions
  /** How what needs an approval is asked. */
  readonly approvals?: ApprovalOptions
  /** Why the agent's questions are not asked in this session; absent where they are, as approvals are. */
  readonly questionsOff?: string | undefined
  /** Default `remind`. */
  readonly unansweredTurn?: UnansweredTurn | undefined
  /** Where every decision is recorded before it takes effect. Absent: nowhere. */
  readonly audit?: AuditOptions
  readonly plans: readonly ServerPlan[]
  /** Said at the start. */
  readonly notices: readonly { readonly level: NoticeLevel; readonly message: string }[]
  /** Entries that were refused before anything was started. */
  readonly refusals: readonly Refusal[]
  /** Contract 4 for what a server declared. */
  admit(plan: ServerPlan, declared: ChannelCapabilities, revision: string): Admission
  /** Followed for as long as the session lives: what it says of a channel is asked again after each change. */
  readonly policy?: PolicySource
  /** Asks the operator for a secret without showing it; absent where nobody can be asked. */
  readonly askSecret?: ((question: string, signal: AbortSignal) => Promise<string | undefined>) | undefined
  readonly limits: SessionLimits
  readonly stream: EventStream
  /** Plans anew with the plugins as they are now, for `/reload-plugins`. Absent: they stay as they were at the start. */
  planAgain?(): Promise<Plan & { readonly notices: SessionOptions['notices'] }>
  /** `/plugin …`, with the arguments after it. Absent: there is no such command. */
  plugin?(args: readonly string[], progress: (step: string) => void, signal: AbortSignal): Promise<Answer>
}

export interface Session {
  readonly id: string
  readonly channels: ChannelSet
  /** What the operator can type now. */
  commands(): readonly ListedCommand[]
  /** Whole lines that could become of a command whose last word is still open. Never rejects. */
  complete(text: string): Promise<readonly Omit<ListedCommand, 'usage'>[]>
  /** True while the agent works. */
  readonly busy: boolean
  /** What a person, a script or a signal wants. */
  input(input: SessionInput): void
  notice(level: NoticeLevel, message: string): void
  /** Ends the agent, the channels and their children, within two seconds. Idempotent; the first reason is told. */
  end(reason: string): Promise<void>
  /** Ends it as soon as nothing waits and the agent rests: the input has ended, what came in before is still done. */
  endWhenIdle(reason: string): void
  /** Resolves when the first attempt of every server has ended. */
  readonly settled: Promise<void>
  /** Resolves with the reason when the session has ended. */
  readonly ended: Promise<string>
}

/** An agent or server that does not end when it is told to is left behind after this long. */
const END_LIMIT_MS = 1_900

/** Starts the channels and the agent. The first turn waits until every server has been admitted, refused or given up. */
export function startSession(options: SessionOptions): Session {
  const { agent, stream, limits, cwd } = options
  const id = randomUUID()
  const ending = new AbortController()
  const ended = Promise.withResolvers<string>()
  let over = false
  const activity = createActivity()
  /** After `session.ended` nothing follows, whatever an agent that was left behind still says. */
  const emit = (event: SessionEvent) => {
    if (over) return
    activity.note(event)
    stream.emit(event)
  }
  const notice = (level: NoticeLevel, message: string) => emit({ type: 'notice', level, message })

  const permissions = sessionPermissions({ ...options.permissions, cwd, plans: options.plans })
  emit({ type: 'session.started', session_id: id, agent: agent.name, cwd, permission_mode: permissions.mode })
  for (const { level, message } of options.notices) notice(level, message)
  for (const refusal of options.refusals) emit({ type: 'channel.refused', ...refusal })
  const queue = createQueue({ eventsPerChannel: limits.eventsPerChannel })
  const drops = createDropReport((source, reason, count) => emit({ type: 'event.dropped', source, reason, count }))
  const { startTimeoutMs } = limits
  const audit = options.audit
    ? createAuditTrail(options.audit, { session: id, project: cwd, problem: (message) => notice('error', message) })
    : NO_AUDIT
  const approvals = createApprovals(options.approvals ?? {}, { audit, emit, notice })
  const questions = createQuestions({ ...options.approvals, off: options.questionsOff }, { emit, notice })
  const relay: RelayPorts = {
    ...approvals.relay,
    questions: questions.ports,
    control: (...asked) => control.fromChannel(...asked),
  }
  const ports = { emit, admit: options.admit, startTimeoutMs, drops, queue, limits, relay }
  const channels = createChannelSet(options.plans, ports)
  const unfollow = options.policy?.watch(() => channels.reconsider())
  const tools = createToolRunner({ cwd, channels, permissions, approvals, audit, emit })
  const reload =
    options.planAgain && createReload({ planAgain: options.planAgain, channels, permissions, emit, notice })
  let endIdleReason: string | undefined
  const endIfIdle = () => {
    if (endIdleReason !== undefined && !turns.busy && queue.empty) void end(endIdleReason)
  }
  const planApproved = (mode: 'default' | 'acceptEdits') => {
    permissions.changeMode(mode)
    notice('info', `The plan was approved; the permission mode is now ${mode}.`)
  }
  const life = createAgentLife({
    agent,
    options: () => ({
      settingSources: ['user', 'project', 'local'],
      env: agentEnvironment(permissions.env, process.platform),
      ...options.agentOptions,
      permissionMode: permissions.mode,
    }),
    context: {
      cwd,
      tools: () => tools.list(),
      channelTools: () => tools.channelTools(),
      channelTool: (source, tool) => tools.channelTool(source, tool),
      instructions: () => channels.instructions(),
    },
    notice,
    waiting: (reason) => turns.tellWaiting(reason),
    session: (id) => void options.conversations?.begin(id).catch((thrown) => notice('warning', renderError(thrown))),
  })
  const { revive } = life
  const { ask } = questions
  const answering = withChatAnswers(life, {
    mode: options.unansweredTurn ?? 'remind',
    channelTool: (source, tool) => tools.channelTool(source, tool),
    notice,
  })
  const parts = { queue, channels, tools, ask, planApproved, emit, revive, turnFinished: endIfIdle }
  const turns = createTurnLoop({ agent: answering, ...parts })
  const control = createControl({
    agent,
    turns,
    life,
    activity,
    queue,
    sources: () => channels.channels.map(({ plan }) => plan.source),
    approvals: () => approvals.broker.list().length,
    questions: () => questions.broker.list().length,
    notice,
    signal: ending.signal,
  })

  const work = async (): Promise<void> => {
    try {
      await channels.settled
      if (ending.signal.aborted) return
      await life.start()
      await turns.run(ending.signal)
    } catch (thrown) {
      if (ending.signal.aborted) return
      notice('error', `The agent could not be started: ${renderError(thrown)}`)
      void end('failed')
    }
  }
  const working = work()

  const forget = (): number => {
    const forgotten = queue.clear()
    for (const { source, eventId } of forgotten) {
      channels.receipt(source, { eventId, state: 'failed', reason: 'session-ended' })
    }
    return forgotten.length
  }
  const finish = async (reason: string): Promise<void> => {
    unfollow?.()
    approvals.broker.close()
    questions.broker.close()
    ending.abort()
    const waited = forget()
    const limit = new AbortController()
    const closeAgent = async () => agent.close()
    const closeChannels = async () => {
      // The running turn first, so that its channel still hears what became of it.
      if (turns.busy) await working
      await channels.close()
    }
    await Promise.race([
      Promise.allSettled([closeChannels(), closeAgent(), working]),
      sleep(END_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
    drops.close()
    options.conversations?.close()
    audit.close(reason)
    const count = waited + forget()
    if (count > 0)
      notice('warning', `${count} ${count === 1 ? 'event was' : 'events were'} still waiting for the agent.`)
    emit({ type: 'session.ended', reason })
    over = true
    ended.resolve(reason)
  }
  let finishing: Promise<void> | undefined
  const end = (reason: string): Promise<void> => {
    finishing ??= finish(reason)
    return finishing
  }

  const runPlugin = async (args: readonly string[]): Promise<Answer> => {
    const progress = (step: string) => notice('info', `${step} …`)
    return (await options.plugin?.(args, progress, ending.signal)) ?? { ok: false, text: 'There are no plugins here.' }
  }
  const { askSecret } = options
  const command = (line: string, secret: string | undefined) => {
    const show = ({ ok, text }: Answer) => notice(ok ? 'info' : 'error', text)
    const answer = runCommand(line, {
      channels,
      commands: COMMANDS,
      waiting: (source) => queue.waiting(source),
      approvals: approvals.broker,
      control: control.run,
      say: (text) => notice('info', text),
      ...(reload ? { reload } : {}),
      ...(options.plugin ? { plugin: runPlugin } : {}),
      secret,
      askSecret: askSecret && ((question) => askSecret(question, ending.signal)),
      end: (reason) => void end(reason),
    })
    if (answer instanceof Promise) void answer.then(show)
    else show(answer)
  }
  const input = (given: SessionInput): void => {
    if (ending.signal.aborted) return
    switch (given.type) {
      case 'prompt':
        queue.prompt(given.text)
        break
      case 'command':
        command(given.text, given.secret)
        break
      case 'interrupt':
        if (!turns.interrupt()) notice('info', 'The agent is not working on anything.')
        break
      case 'permission':
        approvals.answer(given)
        break
      case 'answer':
        questions.answer(given)
        break
      case 'end':
        void end('end')
    }
  }
  return {
    id,
    channels,
    commands: () => [...COMMANDS, ...listChannelCommands(channels)],
    complete: (text) => completeChannelCommand(text, channels),
    get busy() {
      return turns.busy
    },
    input,
    notice,
    end,
    endWhenIdle(reason) {
      approvals.broker.recheck()
      questions.broker.recheck()
      endIdleReason ??= reason
      endIfIdle()
    },
    settled: channels.settled,
    ended: ended.promise,
  }
}
