/** A channel as a place where questions are asked (contract 8, feature `questions`). */
import {
  type Answer,
  EXTENSION_METHODS,
  type Question,
  type QuestionResolved,
  renderQuestion,
  renderQuestionResolved,
} from '@backchannel/protocol'
import type { Connection } from './connection.ts'

/** One process of a registered channel that takes questions. */
export interface QuestionLink {
  readonly source: string
  /** Sends the question; its origin only to a peer that knows it. */
  show(question: Question): void
  resolved(resolved: QuestionResolved): void
}

export interface QuestionPorts {
  opened(link: QuestionLink): void
  /** The process of this link has gone, or the channel is no longer registered. */
  lost(link: QuestionLink): void
  answered(link: QuestionLink, answer: Answer): void
}

export interface OwnQuestionLink extends QuestionLink {
  /** Says of what is open there that it is asked elsewhere now. */
  withdraw(): void
}

export function createQuestionLink(source: string, { features, notify }: Connection): OwnQuestionLink {
  const open = new Set<string>()
  const resolved = (end: QuestionResolved) => {
    open.delete(end.questionId)
    notify(EXTENSION_METHODS.questionResolved, renderQuestionResolved(end))
  }
  return {
    source,
    show({ origin, ...rest }) {
      open.add(rest.questionId)
      const shown = origin !== undefined && features.has('origin') ? { ...rest, origin } : rest
      notify(EXTENSION_METHODS.question, renderQuestion(shown))
    },
    resolved,
    withdraw() {
      for (const questionId of open) resolved({ questionId, by: 'not-registered', outcome: 'cancelled' })
    },
  }
}
