/** Questions of the agent through a channel (contract 8): asked like permissions, answered by a choice or in own words. */
import {
  EXTENSION_METHODS,
  parseQuestion,
  parseQuestionResolved,
  type Question,
  type QuestionOutcome,
  renderAnswer,
} from '@backchannel/protocol'
import { fits, type GivenAnswer, readAnswer, readChoices } from './answer.ts'
import { createAsking, type PersonAt, type RelayGround } from './asking.ts'
import type { OpenQuestion } from './open-requests.ts'

/** How a question ended. */
export interface QuestionResolution {
  readonly outcome: QuestionOutcome
  /** `terminal` or the name of a channel; of what nobody answered, why it ended. */
  readonly by: string
  /** Labels of the choices taken. */
  readonly labels: readonly string[]
  /** In own words. */
  readonly text?: string
}

/** What a channel does for the questions of the agent. */
export interface QuestionHandlers {
  /** Shows the question and all of its choices in the chats it names. */
  ask(question: OpenQuestion): Promise<void> | void
  /** Says in the same chats how it ended, and takes its buttons away. */
  resolve(question: OpenQuestion, resolution: QuestionResolution): Promise<void> | void
}

/** Somebody's answer, through a button or typed. */
export interface SenderAnswer extends GivenAnswer, PersonAt {
  readonly questionId: string
}

/** `passed`: on its way to the host. Else why it does not count; after `not-fitting` another one can be given. */
export type AnswerResult = 'passed' | 'not-open' | 'not-approver' | 'not-fitting'

export interface Questions {
  /** Passes an answer on where it counts; any other changes nothing. */
  answer(answer: SenderAnswer): Promise<AnswerResult>
  /**
   * The answer in a typed message; `undefined` for an ordinary message. A number or a label answers the only question that
   * is open in the chat; `abcde 2` that of the id; own words need `abcde: words`, or a reply to the question's message.
   * @param repliedTo the id of the question to whose message the text is a reply
   */
  typedAnswer(
    text: string,
    place: PersonAt,
    repliedTo?: string,
  ): Promise<(GivenAnswer & { questionId: string }) | undefined>
  /** What this sender could answer in this chat, oldest first. */
  questions(place: PersonAt): Promise<readonly OpenQuestion[]>
}

export interface QuestionPort {
  /** `question` from the host. Never rejects. */
  question(params: unknown): Promise<void>
  /** `question_resolved` from the host. Never rejects. */
  questionResolved(params: unknown): Promise<void>
}

type End = GivenAnswer & Pick<QuestionResolution, 'outcome' | 'by'>

const WITH_ID = /^\s*([a-km-z]{5})(?:(:)\s*|\s+)(\S[\s\S]*)$/i

export function createQuestions(
  options: RelayGround & { readonly handlers: QuestionHandlers | undefined },
): Questions & QuestionPort {
  const { handlers, log, notify } = options
  const asking = createAsking<Question, End>({
    ...options,
    noun: 'an answer',
    idOf: ({ questionId }) => questionId,
    ask: (question) => handlers?.ask(question),
    resolve: (question, end) => handlers?.resolve(question, describe(question, end)),
    ends: {
      forgotten: { outcome: 'expired', by: 'this channel', choices: [] },
      replaced: { outcome: 'cancelled', by: 'this channel', choices: [] },
    },
  })

  const read = (text: string, open: readonly OpenQuestion[]): (GivenAnswer & { questionId: string }) | undefined => {
    const [, id = '', colon, rest = ''] = WITH_ID.exec(text) ?? []
    const named = open.find(({ questionId }) => questionId === id.toLowerCase())
    if (named && colon) return { questionId: named.questionId, ...readAnswer(rest, named) }
    const question = named ?? (open.length === 1 ? open[0] : undefined)
    const choices = question && readChoices(named ? rest : text, question)
    return question && choices ? { questionId: question.questionId, choices } : undefined
  }
  return {
    async question(params) {
      if (!handlers) return
      const parsed = parseQuestion(params)
      if (!parsed.ok) return log.warn(`a question from the host was not understood: ${parsed.problem}`)
      await asking.request(parsed.value)
    },
    async questionResolved(params) {
      const parsed = parseQuestionResolved(params)
      if (!parsed.ok) return log.warn(`the end of a question was not understood: ${parsed.problem}`)
      // A host that says no more than who it was tells of an answer.
      const { questionId, by, outcome = 'answered', choices = [], text } = parsed.value
      await asking.end(questionId, { outcome, by, choices, ...(text === undefined ? {} : { text }) })
    },
    async answer({ questionId, choices, text, sender, chat }) {
      const question = asking.find(questionId, chat)
      if (!question) return 'not-open'
      if (!(await asking.mayAnswer(sender))) return 'not-approver'
      if (!fits({ choices, ...(text === undefined ? {} : { text }) }, question)) return 'not-fitting'
      const taken = await asking.take(question, sender)
      if (taken !== 'taken') return taken
      const words = text?.trim() ? { text: text.trim() } : {}
      notify(EXTENSION_METHODS.answer, renderAnswer({ questionId, choices, ...words, by: sender }))
      return 'passed'
    },
    async typedAnswer(text, place, repliedTo) {
      const open = await asking.list(place)
      const answered = open.find(({ questionId }) => questionId === repliedTo)
      return answered ? { questionId: answered.questionId, ...readAnswer(text, answered) } : read(text, open)
    },
    questions: asking.list,
  }
}

function describe({ choices }: Question, { choices: taken, ...end }: End): QuestionResolution {
  return { ...end, labels: choices.filter(({ id }) => taken.includes(id)).map(({ label }) => label) }
}
