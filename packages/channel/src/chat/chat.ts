/** A chat while a session has it: the parts of the kit put together around one connection. */
import { rm } from 'node:fs/promises'
import { type Receipt, renderError } from '@backchannel/protocol'
import type { Access } from '../access/access.ts'
import type { Place } from '../access/gate.ts'
import type { ChannelContext } from '../define.ts'
import { KEEPER_VARIABLE } from '../hub/session-name.ts'
import type { Memory } from '../journal/memory.ts'
import type { Tasks } from '../journal/tasks.ts'
import type { OpenQuestion, OpenRequest } from '../relay/open-requests.ts'
import type { QuestionResolution } from '../relay/questions.ts'
import type { Resolution } from '../relay/relay.ts'
import { accountsDirectory } from '../state/location.ts'
import { createHolder, type Holder } from './account/holder.ts'
import { createApprovals } from './approvals/approvals.ts'
import { createChatCommands } from './commands.ts'
import { createChatControl } from './control.ts'
import { createInbox, type Saved } from './files/inbox.ts'
import { createOutgoingFiles } from './files/outgoing.ts'
import { isOnList } from './inbound/admit.ts'
import { createReceiving } from './inbound/receive.ts'
import { createUnknownGroups } from './inbound/unknown-groups.ts'
import type { AttemptLimits } from './outbound/attempts.ts'
import { createDeliver } from './outbound/deliver.ts'
import { createOutboundGate } from './outbound/gate.ts'
import { createPace } from './outbound/pace.ts'
import { resumeSending } from './outbound/resume.ts'
import { createSending, type Sending } from './outbound/sending.ts'
import { createThreads } from './outbound/threads.ts'
import type { Connection } from './platform/connection.ts'
import { describeHealth, type Health, isFinal } from './platform/health.ts'
import type { Attachment, CommandCall, InboundMessage, Sender } from './platform/inbound.ts'
import type { CommandAnswer, Platform, PlatformPorts } from './platform/platform.ts'
import { createPresence } from './presence/presence.ts'
import { createChatQuestions } from './questions/questions.ts'
import { createChatSessions } from './sessions/sessions.ts'
import { createTell } from './tell.ts'
import type { Transcribe } from './voice.ts'

export interface ChatOptions {
  readonly platform: Platform
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  /** What a place is called in refusals: `chat`, `channel`. */
  readonly noun?: string | undefined
  readonly transcribe?: Transcribe | undefined
  /** A line of its own beneath the last text of each answer. */
  readonly signature?: string | undefined
  readonly attempts?: AttemptLimits
  readonly albumQuietMs?: number
}

export interface Chat extends Sending {
  settle(receipt: Receipt): void
  ask(request: OpenRequest): Promise<void>
  resolve(request: OpenRequest, resolution: Resolution): Promise<void>
  askQuestion(question: OpenQuestion): Promise<void>
  resolveQuestion(question: OpenQuestion, resolution: QuestionResolution): Promise<void>
  /** Confirms what was received, and ends. Idempotent. */
  close(): Promise<void>
}

/** A doctor's process tries the channel out, and must not take the account from a session. */
const PROBE_VARIABLE = 'BACKCHANNEL_PROBE'

export async function openChat(context: ChannelContext, options: ChatOptions): Promise<Chat> {
  const { platform, directory, env } = options
  const { emit, log, signal, source, receipts, relay } = context
  const { access, tasks, memory } = assertWhole(context)
  const { limits } = platform
  const isKept = env[KEEPER_VARIABLE] === '1'
  const command = isKept ? `backchannel access ${source}` : `/${source}:access`
  const attempts = options.attempts ? { attempts: options.attempts } : {}

  // The adapter may report before its connection is here.
  const ports: PlatformPorts = {
    receive: (message) => receiving.receive(message),
    reacted: (reaction) => receiving.reacted(reaction),
    async pressed(press) {
      const isTaken = (await sessions?.pressed(press)) || (await questions.pressed(press))
      if (!isTaken) await approvals.pressed(press)
    },
    commanded: (call) => answerCommand(call),
    hears: (place) => access.mayReach(place),
    async members(chatId) {
      const listed = (await access.current())?.groups.get(chatId)?.allowFrom ?? []
      return listed.length === 0 ? undefined : listed
    },
    moved({ fromId, toId }) {
      log.warn(`the chat ${fromId} goes on as ${toId}. If it is to be heard there: ${command} group add ${toId}`)
    },
    health: createHealthLog(platform.title, (level, words) => log[level](words)),
    memory,
  }
  const connection = await platform.start(ports, signal)
  const pace = createPace()
  const threads = createThreads()
  const tell = createTell({ connection, pace, log, signal })
  const inbox = createInbox(directory, { fileBytes: limits.filesIn.maxBytes })
  const files = createOutgoingFiles({ directory, maxBytes: limits.filesOut.maxBytes, env })
  const gate = createOutboundGate(access, connection, { command, noun: options.noun })
  const deliver = createDeliver({
    connection,
    limits,
    tasks,
    pace,
    session: signal,
    ...attempts,
    warn: (message) => log.warn(message),
  })
  const sent = (chatId: string, ids: readonly string[], session: string) => context.hub?.noteSent(chatId, ids, session)
  const sending = createSending({
    platform,
    connection,
    access,
    gate,
    deliver,
    pace,
    files,
    inbox,
    threads,
    signature: options.signature,
    sent,
  })
  const prompting = { connection, limits, pace, signal, log, ...(relay ? { relay } : {}) }
  const approvals = createApprovals(prompting)
  const presence = createPresence({ connection, limits, access, receipts, log, signal, tell })
  const answerTo = ({ chat, threadId }: InboundMessage, text: string) =>
    tell({ chatId: chat.id, ...(threadId === undefined ? {} : { threadId }) }, text)
  const questions = createChatQuestions({ ...prompting, tell: answerTo })
  const control = createChatControl({
    relay,
    approvers: access.approvers,
    hasOwnStatus: platform.commands === true,
    textUnits: limits.textUnits,
    source,
    tell: answerTo,
    tellIn: (chatId, text) => tell({ chatId }, text),
  })
  const isApprover = async (sender: string) => (await access.approvers.list()).some((one) => one.sender === sender)
  const mayWrite = async (place: Place, sender: Sender): Promise<boolean> => {
    if (!(await access.mayReach(place))) return false
    const file = await access.current()
    return place.sender !== undefined || (file !== undefined && isOnList(file, sender, place))
  }
  const commands = createChatCommands({
    source,
    title: platform.title,
    tell: answerTo,
    isApprover,
    hasControl: relay?.takesControl === true,
    mayReach: mayWrite,
  })
  const answerCommand = async (call: CommandCall): Promise<CommandAnswer | undefined> => {
    try {
      const chosen = await sessions?.called(call)
      if (chosen) return chosen
      // What the session does, and below it where one stands.
      const words = [await control.called(call), await commands.called(call)].filter((part) => part !== undefined)
      return words.length === 0 ? undefined : { text: words.join('\n\n') }
    } catch (thrown) {
      log.warn(`a command could not be answered: ${renderError(thrown)}`)
      return undefined
    }
  }
  const { hub } = context
  const sessions = hub && createChatSessions({ hub, connection, limits, access, pace, tell, signal, log })
  const quiet = options.albumQuietMs === undefined ? {} : { albumQuietMs: options.albumQuietMs }
  const fetchOf = (attachment: Attachment, { chat, id }: InboundMessage): Promise<Saved> => {
    const file = { ...attachment, chatId: chat.id, messageId: id }
    const name = attachment.name === undefined ? {} : { name: attachment.name }
    return inbox.save((until) => connection.download(file, until), { ...name, signal })
  }
  const hear = async (attachment: Attachment, message: InboundMessage): Promise<{ path: string; spoken?: string }> => {
    const { path } = await fetchOf(attachment, message)
    try {
      return { path, spoken: (await options.transcribe?.(path, signal)) ?? '' }
    } catch (thrown) {
      if (signal.aborted) throw thrown
      log.warn(renderError(thrown))
      return { path }
    }
  }
  const hearing = options.transcribe ? { hear } : {}
  const receiving = createReceiving({
    access,
    tasks,
    emit,
    log,
    signal,
    ...quiet,
    me: () => connection.me(),
    ...hearing,
    async fetch(attachment, message) {
      const { path, kind } = await fetchOf(attachment, message)
      if (kind?.mime.startsWith('image/')) return path
      // A page that says why there is no picture, for one.
      await rm(path, { force: true })
      throw new Error('what came is no picture')
    },
    verdict: async (message) =>
      (await approvals.typed(message)) || (await control.typed(message)) || (await questions.typed(message)),
    command: async (message) =>
      (await sessions?.typed(message)) || (platform.commands === true && (await commands.typed(message))),
    showCode(message, code, isNew) {
      const words = isNew ? 'Pairing required' : 'Still pending'
      answerTo(message, `${words} — type this in ${isKept ? 'a terminal' : 'the session'}:\n\n${command} pair ${code}`)
    },
    unknownGroup: createUnknownGroups(log, command),
    tooFast: (message) => presence.tooFast(message),
    stored(message) {
      threads.note(message.chat.id, message.id, message.threadId)
      presence.stored(message)
    },
  })
  const unpair = access.onPaired(({ chat }) => tell({ chatId: chat }, 'Paired! Say hi to the agent.'))

  void inbox.clean()
  const resume = async (): Promise<void> => {
    await receiving.resume()
    const mayReach = (chatId: string) => gate.allows(chatId, signal)
    resumeSending({ tasks, deliver, files, log, mayReach }).catch((thrown) => log.warn(renderError(thrown)))
  }
  /** What the session before had in hand comes before anything new. */
  const takeOver = async (): Promise<void> => {
    try {
      context.takeOver?.()
    } catch (thrown) {
      log.warn(`what the other session had stored waits for the next start: ${renderError(thrown)}`)
    }
    await resume()
  }
  await resume()
  const holder = await listen(connection)
  let closing: Promise<void> | undefined

  async function listen(made: Connection): Promise<Pick<Holder, 'isHeld' | 'close'>> {
    if (env[PROBE_VARIABLE] === '1') return { isHeld: () => false, close() {} }
    const held = (after: 'nobody' | 'another') => {
      const before = after === 'another' ? takeOver() : Promise.resolve()
      void before.then(() => {
        if (!signal.aborted) made.listen()
      })
    }
    const { account } = made
    const name = `${platform.title}-${account}`.replace(/[^\w-]/g, '_').toLowerCase()
    const shared = account === undefined ? undefined : { directory: accountsDirectory(env), name }
    return createHolder({ shared, log, title: platform.title, held })
  }

  return {
    ...sending,
    settle: (receipt) => presence.settle(receipt),
    async ask(request) {
      // A press would reach the process that holds the account, which knows nothing of this request.
      if (holder.isHeld()) await approvals.ask(request)
    },
    resolve: (request, resolution) => approvals.resolve(request, resolution),
    async askQuestion(question) {
      if (holder.isHeld()) await questions.ask(question)
    },
    resolveQuestion: (question, resolution) => questions.resolve(question, resolution),
    close() {
      closing ??= (async () => {
        unpair()
        presence.close()
        sessions?.close()
        await connection.close().catch((thrown) => log.warn(`the connection did not end well: ${renderError(thrown)}`))
        // Only now: the next holder must not poll beside this one.
        holder.close()
      })()
      return closing
    },
  }
}

function assertWhole({ access, tasks, memory }: ChannelContext): {
  readonly access: Access
  readonly tasks: Tasks
  readonly memory: Memory
} {
  if (!access || !tasks || !memory) throw new Error('A chat channel has access settings and a journal.')
  return { access, tasks, memory }
}

/** Says each state once; a poll that succeeds every few seconds is no news. */
function createHealthLog(
  title: string,
  say: (level: 'info' | 'error', words: string) => void,
): (health: Health) => void {
  let last = ''
  return (health) => {
    const words = describeHealth(title, health)
    const same = health.state === 'throttled' ? health.state : words
    if (same === last) return
    last = same
    say(isFinal(health) ? 'error' : 'info', words)
  }
}
