/** Questions of the agent in chats: one press, several and Done, or words; answered by approvers alone, ended everywhere. */
import { randomBytes } from 'node:crypto'
import { renderError } from '@backchannel/protocol'
import type { ChannelContext } from '../../define.ts'
import type { PersonAt } from '../../relay/asking.ts'
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { renderAnswered, renderEnd } from '../../relay/question-prompt.ts'
import type { AnswerResult, QuestionResolution, SenderAnswer } from '../../relay/questions.ts'
import { withOutcome } from '../approvals/pages.ts'
import { askInAll, createPromptMessages, type PromptMessagesOptions } from '../approvals/prompt-messages.ts'
import type { MessageChange } from '../platform/connection.ts'
import type { ButtonPress, InboundMessage, RepliedMessage } from '../platform/inbound.ts'
import { plainText, type RichText } from '../platform/rich-text.ts'
import { firstKnown } from '../presence/reactions.ts'
import { MOST_BUTTONS, questionButtons, readQuestionButton } from './buttons.ts'
import { renderQuestionMessages } from './messages.ts'
import { isReplyTo, namesQuestion } from './typed.ts'

export interface ChatQuestions {
  /** @throws AggregateError of the chats that could not be reached; the kit tells it */
  ask(question: OpenQuestion): Promise<void>
  resolve(question: OpenQuestion, resolution: QuestionResolution): Promise<void>
  /** Never rejects. @returns whether it was a button of a question */
  pressed(press: ButtonPress): Promise<boolean>
  /** @returns whether the message was an answer, which then goes no further */
  typed(message: InboundMessage): Promise<boolean>
}

export interface ChatQuestionsOptions extends PromptMessagesOptions, Pick<ChannelContext, 'relay' | 'log'> {
  /** The channel's own words to somebody who has written. */
  tell(message: InboundMessage, text: string): void
}

/** The message of a question that has its choices. */
interface Shown {
  readonly key: string
  readonly question: OpenQuestion
  readonly chatId: string
  /** Its id, once the platform has taken it: people can answer before that. `undefined` where it does not say. Never rejects. */
  readonly sent: Promise<string | undefined>
  readonly text: RichText
  readonly taken: Set<number>
}

const NOT_OPEN = 'This was answered already, or is not open any more.'
const WORDS: Readonly<Record<AnswerResult, string>> = {
  passed: '✅ Answered',
  'not-open': NOT_OPEN,
  'not-approver': 'Not authorised.',
  'not-fitting': 'Take one first, or answer in your own words.',
}
/** A reply waits so long, at most, for the platform to say which message a question has become. */
const SENT_WAIT_MS = 2_000
/** The words on how to answer, at the end of a message. */
const HOW = /\n\n(?:Press|Reply|Type) [^\n]*\.$/

export function createChatQuestions(options: ChatQuestionsOptions): ChatQuestions {
  const { connection, limits, signal, relay, log, tell } = options
  const { send, edit, room, resolveChat, askedAs, placesOf } = createPromptMessages(options)
  const shown = new Set<Shown>()

  /** What is taken is shown by changing the message. */
  const hasButtons = ({ choices, multiple }: OpenQuestion) =>
    limits.buttons !== undefined && choices.length > 0 && choices.length <= MOST_BUTTONS && (limits.edit || !multiple)
  const rowsOf = (question: OpenQuestion, key: string, taken: ReadonlySet<number>): Pick<MessageChange, 'buttons'> =>
    hasButtons(question) ? { buttons: questionButtons(question, key, taken) } : {}

  const askIn = async (question: OpenQuestion, asked: string): Promise<void> => {
    const chatId = await resolveChat(asked)
    const buttons = !hasButtons(question) ? 'none' : question.multiple ? 'several' : 'one'
    const messages = renderQuestionMessages(question, { limit: room, buttons, replies: limits.replies })
    const key = randomBytes(6).toString('hex')
    const taken = new Set<number>()
    for (const message of messages.slice(0, -1)) await send(chatId, message)
    const text = messages.at(-1) as RichText
    const sending = send(chatId, text, rowsOf(question, key, taken))
    const one: Shown = { key, question, chatId, sent: sending.catch(() => undefined), text, taken }
    // Before it is taken: some answer sooner than the platform says that it was.
    shown.add(one)
    try {
      await sending
    } catch (thrown) {
      shown.delete(one)
      throw thrown
    }
  }
  const answer = async (press: ButtonPress, key: string, choice: number | 'done'): Promise<string | undefined> => {
    const one = [...shown].find((asked) => asked.key === key && asked.chatId === press.chat.id)
    if (!one || !relay) return NOT_OPEN
    const { question, taken, text, chatId } = one
    const given = { sender: press.sender.id, chat: askedAs(chatId), questionId: question.questionId }
    if (question.multiple && choice !== 'done') {
      // Nothing at all never fits: it only tells whether this one could answer.
      const result = await relay.answer({ ...given, choices: [] })
      if (result !== 'not-fitting') return WORDS[result]
      if (!taken.delete(choice)) taken.add(choice)
      await edit({ chatId, messageId: press.messageId }, text, rowsOf(question, key, taken))
      return undefined
    }
    const picked = choice === 'done' ? [...taken] : [choice]
    return WORDS[await relay.answer({ ...given, choices: picked.flatMap((at) => question.choices[at]?.id ?? []) })]
  }
  const findReplied = async (asked: readonly Shown[], replyTo: RepliedMessage): Promise<Shown | undefined> => {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(late.resolve, SENT_WAIT_MS, undefined)
    try {
      for (const one of asked) {
        const messageId = await Promise.race([one.sent, late.promise])
        if (isReplyTo(replyTo, { messageId, question: one.question })) return one
      }
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }
  /** A number or a label that was written elsewhere answers the one question that is open in the owner's other chats. */
  const findAnswer = async (message: InboundMessage): Promise<SenderAnswer | undefined> => {
    const { text, replyTo } = message
    const places = placesOf(
      message,
      [...shown].map(({ chatId }) => chatId),
    )
    const asked = [...shown].filter(({ chatId }) => places.some(({ chat }) => chat === askedAs(chatId)))
    const replied = replyTo && (await findReplied(asked, replyTo))
    const isOnly = new Set(asked.map(({ question }) => question)).size === 1
    const isThere = ({ chat }: PersonAt) => !replied || chat === askedAs(replied.chatId)
    for (const [at, place] of places.filter(isThere).entries()) {
      const found = await relay?.typedAnswer(text, place, replied?.question.questionId)
      const isMeant = at === 0 || isOnly || (found && namesQuestion(text, found.questionId))
      if (found && isMeant) return { ...found, ...place }
    }
    return undefined
  }

  return {
    ask: (question) => askInAll(question.chats, (chatId) => askIn(question, chatId)),
    async resolve(question, resolution) {
      const all = [...shown].filter((one) => one.question === question)
      for (const one of all) shown.delete(one)
      const end = async ({ chatId, sent, text }: Shown): Promise<unknown> => {
        const messageId = await sent
        return limits.edit && messageId !== undefined
          ? edit({ chatId, messageId }, withOutcome(text, `→ ${renderEnd(resolution)}`, HOW, limits.textUnits))
          : send(chatId, plainText(renderAnswered(question, resolution)))
      }
      await Promise.all(all.map(end))
    },
    async pressed(press) {
      const button = readQuestionButton(press.data)
      if (!button) return false
      try {
        const words = await answer(press, button.key, button.choice)
        await connection.answerPress(press, words, signal)
        // A question of an earlier session: its buttons lead nowhere.
        const isForgotten = words === NOT_OPEN && ![...shown].some(({ key }) => key === button.key)
        if (isForgotten && limits.edit) {
          await edit({ chatId: press.chat.id, messageId: press.messageId }, plainText(NOT_OPEN))
        }
      } catch (thrown) {
        if (!signal.aborted) log.warn(`a button could not be answered: ${renderError(thrown)}`)
      }
      return true
    },
    async typed(message) {
      const { text, chat, id, threadId } = message
      const found = text.trim() === '' ? undefined : await findAnswer(message)
      if (!relay || !found) return false
      const result = await relay.answer(found)
      if (result === 'not-fitting') {
        tell(message, 'That is none of the choices. Answer with the number of one.')
        return true
      }
      if (result !== 'passed') return false
      const emoji = firstKnown(['✅', '👍', '👌'], limits.reactions)
      const target = { chatId: chat.id, messageId: id, ...(threadId === undefined ? {} : { threadId }) }
      if (emoji !== undefined) {
        connection
          .react(target, emoji, signal)
          .catch((thrown) => log.warn(`a reaction could not be set: ${renderError(thrown)}`))
      }
      return true
    },
  }
}
