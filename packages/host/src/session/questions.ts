/** The questions of a session: the broker, the stream of events, the operator's answers and the channels together. */
import type { QuestionPorts } from '../channels/question-link.ts'
import { createQuestionBroker, type QuestionBroker } from '../questions/broker.ts'
import type { NoticeLevel, SessionEvent } from '../ui/events.ts'
import type { SessionInput } from '../ui/interaction.ts'
import type { AskQuestion } from './agent-turn.ts'
import type { ApprovalOptions } from './approvals.ts'
import { originOf } from './call-judge.ts'

export interface QuestionOptions extends Pick<ApprovalOptions, 'relay' | 'expireAfterMs' | 'graceMs' | 'canAnswer'> {
  /** Why nothing is asked in this session; absent where it is. */
  readonly off?: string | undefined
}

export interface QuestionsPorts {
  emit(event: SessionEvent): void
  notice(level: NoticeLevel, message: string): void
}

export interface Questions {
  readonly broker: QuestionBroker
  /** Where the channels' answers go. */
  readonly ports: QuestionPorts
  readonly ask: AskQuestion
  /** The operator's answer, from the terminal or a line of stream-json. */
  answer(given: Extract<SessionInput, { type: 'answer' }>): void
}

export function createQuestions(options: QuestionOptions, { emit, notice }: QuestionsPorts): Questions {
  const { relay = 'origin', off, canAnswer, expireAfterMs, graceMs } = options
  const broker = createQuestionBroker({
    canAsk: () => canAnswer?.() ?? false,
    relays: relay !== 'off',
    tellsOrigin: relay === 'origin',
    expireAfterMs,
    graceMs,
    requested: ({ questionId, text, choices, multiple, allowText }, relayedTo) =>
      emit({
        type: 'question.requested',
        question_id: questionId,
        text,
        choices,
        multiple,
        allow_text: allowText,
        relayed_to: relayedTo,
      }),
    resolved: ({ questionId, outcome, choices, text, by }) =>
      emit({
        type: 'question.resolved',
        question_id: questionId,
        outcome,
        choices,
        ...(text === undefined ? {} : { text }),
        by,
      }),
  })
  const unasked = (text: string, why: string) => {
    notice('warning', `The agent asked a question, and nobody was asked: ${why}. It was: ${text}`)
    return undefined
  }
  return {
    broker,
    ports: {
      opened: broker.opened,
      lost: broker.lost,
      answered(link, answer) {
        const result = broker.answered(link, answer)
        // The second of two answers is the usual case, and nothing to tell.
        if (typeof result === 'object') notice('warning', `${link.source}: an answer does not fit: ${result.problem}.`)
      },
    },
    async ask({ events, text, choices, multiple, allowText }, signal) {
      signal.throwIfAborted()
      if (off !== undefined) return unasked(text, off)
      const end = await broker.ask({ text, choices, multiple, allowText, origin: originOf(events) }, signal)
      signal.throwIfAborted()
      if (end === undefined) return unasked(text, 'this session has no terminal and no channel that could answer')
      if (end.outcome !== 'answered') return undefined
      return { choices: end.choices, ...(end.text === undefined ? {} : { text: end.text }) }
    },
    answer({ question_id: questionId, choices, text }) {
      const result = broker.answer({ questionId, choices, ...(text === undefined ? {} : { text }) })
      if (result === 'applied') return
      if (typeof result === 'object') return notice('error', `The answer does not fit the question: ${result.problem}.`)
      notice('error', `No question ${questionId.slice(0, 40)} is open: it was answered or has ended.`)
    },
  }
}
