/**
 * The open questions of a session (contract 8): asked at the terminal and in every channel that takes them, answered once.
 * A question is no permission: an answer is words for the agent and lets nothing run.
 */
import { type Answer, createRequestId, type Origin, type Question, type QuestionOutcome } from '@backchannel/protocol'
import { type Ask, type AskingOptions, createAsks } from '../asking/asks.ts'
import type { QuestionLink } from '../channels/question-link.ts'
import { type FittingAnswer, fitAnswer, putInOrder, type QuestionForm } from './answers.ts'

export interface AskedForm extends QuestionForm {
  /** The event that caused the turn; absent for a prompt of the operator. */
  readonly origin?: Origin | undefined
}

export interface QuestionEnd extends FittingAnswer {
  readonly questionId: string
  readonly outcome: QuestionOutcome
  /** `terminal` or a channel; of what nobody answered, why it ended. */
  readonly by: string
}

/** An answer of the operator. */
export type LocalAnswer = Pick<Answer, 'questionId' | 'choices' | 'text'>

/** `applied`, or why an answer changes nothing; `problem` where it does not fit. */
export type AnswerResult = 'applied' | 'not-open' | 'not-asked-there' | { readonly problem: string }

export interface OpenQuestion {
  readonly text: string
  readonly relayedTo: readonly string[]
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface QuestionBrokerOptions extends AskingOptions {
  /** Whether channels are told which chat caused it. */
  readonly tellsOrigin: boolean
  requested(question: Question, relayedTo: readonly string[]): void
  resolved(end: QuestionEnd): void
}

export interface QuestionBroker {
  /** Never rejects. @returns `undefined` where there is nobody to ask */
  ask(question: AskedForm, signal: AbortSignal): Promise<QuestionEnd | undefined>
  answer(answer: LocalAnswer): AnswerResult
  /** From a channel: counts only for a question that was shown there. */
  answered(link: QuestionLink, answer: Answer): AnswerResult
  opened(link: QuestionLink): void
  lost(link: QuestionLink): void
  recheck(): void
  /** Oldest first. */
  list(): readonly OpenQuestion[]
  close(): void
}

/** More than an agent can mean at a time. */
const MOST_QUESTIONS = 100

interface OneQuestion extends Ask<QuestionLink> {
  readonly question: Question
  end(end: Omit<QuestionEnd, 'questionId'>, links: readonly QuestionLink[]): void
}

export function createQuestionBroker(options: QuestionBrokerOptions): QuestionBroker {
  const asks = createAsks<OneQuestion, QuestionLink>(options)

  const give = (answer: LocalAnswer, by: string, link?: QuestionLink): AnswerResult => {
    const { questionId } = answer
    const found = asks.find(questionId)
    if (!found) return 'not-open'
    const fitted = fitAnswer(found.question, answer)
    if (!fitted.ok) return { problem: fitted.problem }
    const taken = asks.take(questionId, link)
    if (typeof taken === 'string') return taken
    taken.ask.end({ outcome: 'answered', by, ...fitted.answer }, taken.links)
    return 'applied'
  }

  return {
    async ask({ origin, ...form }, signal) {
      if (asks.closed || signal.aborted || !asks.canAnswer() || asks.size >= MOST_QUESTIONS) return undefined
      const done = Promise.withResolvers<QuestionEnd>()
      const questionId = createRequestId(asks)
      const bare: Question = { questionId, ...putInOrder(form) }
      const question: Question = origin === undefined ? bare : { ...bare, origin }
      const end: OneQuestion['end'] = (how, links) => {
        const ended = { questionId, ...how }
        options.resolved(ended)
        for (const link of links) link.resolved(ended)
        done.resolve(ended)
      }
      const one: OneQuestion = {
        id: questionId,
        question,
        opened: (shownIn) => options.requested(question, shownIn),
        show: (link) => link.show(options.tellsOrigin ? question : bare),
        lapse: ({ outcome, by }, links) => end({ outcome, by, choices: [] }, links),
        end,
      }
      asks.open(one, signal)
      return done.promise
    },
    answer: (answer) => give(answer, 'terminal'),
    answered: (link, answer) => give(answer, link.source, link),
    opened: asks.opened,
    lost: asks.lost,
    recheck: asks.recheck,
    list: () => asks.list().map(({ ask, shownIn, since }) => ({ text: ask.question.text, relayedTo: shownIn, since })),
    close: asks.close,
  }
}
