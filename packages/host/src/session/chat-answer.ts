/**
 * Whether the answer of a turn has reached the chat it came from. People there do not read the session: where the agent has
 * called no tool that reaches them, it is reminded once; or, where the operator wants that, its last words are posted.
 */
import type { Agent, AgentTool, AgentTurn } from '../agents/agent.ts'
import { replyAttributes } from '../agents/reply-attributes.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import type { NoticeLevel } from '../ui/events.ts'

/** What is done with a turn that ends without an answer in its chat; `post` in direct chats, where there are last words. */
export type UnansweredTurn = 'remind' | 'post'

export interface ChatAnswerOptions {
  readonly mode: UnansweredTurn
  channelTool(source: string, tool: string): AgentTool | undefined
  notice(level: NoticeLevel, message: string): void
}

/** The same agent, whose turns do not end before their chat has an answer, or the agent was reminded of it. */
export function withChatAnswers(agent: Pick<Agent, 'run'>, options: ChatAnswerOptions): Pick<Agent, 'run'> {
  const { notice } = options
  return {
    async run(given, signal) {
      const { turn, missing } = followAnswer(given, options)
      await agent.run(turn, signal)
      const left = missing()
      if (left === undefined || signal.aborted) return
      const source = turn.events.at(-1)?.source ?? ''
      if (left.kind === 'remind') {
        notice('info', `The agent has not answered in ${source}; it is reminded once.`)
        return agent.run({ ...turn, input: left.input }, signal)
      }
      notice('info', `The agent has not answered in ${source}; its last words are posted there.`)
      const { ok, text } = await given.callTool(left.tool, left.input)
      if (!ok) notice('warning', `They could not be posted: ${text}`)
    },
  }
}

export interface FollowedTurn {
  /** Hands everything on, and looks at what reaches the chat. */
  readonly turn: AgentTurn
  /** What is still to be done once the agent is done; nothing where the chat has its answer, or none can be given. */
  missing(): MissingAnswer | undefined
}

export type MissingAnswer =
  /** One more text for the agent, in the same turn. */
  | { readonly kind: 'remind'; readonly input: string }
  | { readonly kind: 'post'; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }

/** Tools of a channel that people see something of; a reaction is enough where nothing has to be said. */
const ANSWERS = ['reply', 'react', 'edit_message']
const MARK = '(The agent did not answer here. This is what it said in the session:)'

export function followAnswer(turn: AgentTurn, { mode, channelTool }: ChatAnswerOptions): FollowedTurn {
  const event = turn.events.at(-1)
  // An event that names no chat is an alert, whoever could be written to; a reaction asks for nothing.
  const wantsAnswer = event !== undefined && event.chat !== '' && !turn.events.every(isReaction)
  const reply = wantsAnswer ? channelTool(event.source, 'reply') : undefined
  if (!event || !reply) return { turn, missing: () => undefined }
  let answered = false
  let words: string[] = []
  const isAnswer = (name: string) => ANSWERS.some((tool) => channelTool(event.source, tool)?.name === name)
  return {
    turn: {
      ...turn,
      say(text) {
        words.push(text)
        turn.say(text)
      },
      toolCalled(call) {
        words = []
        turn.toolCalled(call)
      },
      callTool(name, input) {
        words = []
        // A call that failed was told to the agent, which has then decided.
        if (isAnswer(name)) answered = true
        return turn.callTool(name, input)
      },
    },
    missing() {
      if (answered || channelTool(event.source, 'reply') === undefined) return undefined
      const attributes = replyAttributes(reply.inputSchema, event)
      const last = words.join('\n').trim()
      if (mode === 'post' && isDirect(event) && last !== '') {
        return { kind: 'post', tool: reply.name, input: { ...attributes, text: `${MARK}\n\n${last}` } }
      }
      return { kind: 'remind', input: renderReminder(event.source, reply.name, attributes) }
    },
  }
}

function renderReminder(source: string, tool: string, attributes: Readonly<Record<string, string>>): string {
  const given = Object.entries(attributes).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const how = given.length === 0 ? '' : ` and ${given.join(', ')}`
  return [
    `This turn came from ${source}, and nothing of your answer has reached the people there: they do not read this session.`,
    `Give your answer now with the tool ${tool}, with "text"${how}.`,
    'If there is nothing to say to them, end the turn. You are not asked again.',
  ].join(' ')
}

function isReaction({ meta }: QueuedEvent): boolean {
  return Object.hasOwn(meta, 'reaction')
}

/** Only where the channel itself says so: in a group, words that were meant for nobody would be read by everybody. */
function isDirect({ meta }: QueuedEvent): boolean {
  return Object.hasOwn(meta, 'chat_type') && meta['chat_type'] === 'direct'
}
