/** Claude's multiple-choice questions, asked one after another as the host's. */
import { isRecord } from '@backchannel/protocol'
import type { AgentAnswer, AgentQuestion, AgentTurn } from '../agent.ts'
import type { ToolAnswer, ToolInput } from './sdk-types.ts'

interface Question {
  /** The key of its answer. */
  readonly key: string
  readonly asked: AgentQuestion
}

/** Rejects where the turn ends. The first question that nobody answers ends it: Claude is told that nobody did. */
export async function answerQuestions(turn: AgentTurn, input: ToolInput, signal: AbortSignal): Promise<ToolAnswer> {
  const answers: Record<string, string> = {}
  for (const { key, asked } of readQuestions(input)) {
    const answer = await turn.ask(asked, signal)
    if (answer === undefined) break
    answers[key] = renderAnswer(asked, answer)
  }
  // Without any, Claude reads that the user did not answer.
  const answered = Object.keys(answers).length > 0 ? { ...input, answers } : input
  return { behavior: 'allow', updatedInput: answered }
}

function readQuestions({ questions }: ToolInput): readonly Question[] {
  const list = Array.isArray(questions) ? questions.filter(isRecord) : []
  return list.flatMap(({ question, options, multiSelect }) => {
    if (typeof question !== 'string') return []
    const labels = (Array.isArray(options) ? options.filter(isRecord) : []).flatMap(({ label, description }) =>
      typeof label === 'string' ? [{ label, description }] : [],
    )
    const choices = labels.map(({ label }, at) => ({ id: String(at + 1), label }))
    const notes = labels.flatMap(({ label, description }) =>
      typeof description === 'string' && description !== '' ? [`${label}: ${description}`] : [],
    )
    const text = [question, ...notes].join('\n')
    return [{ key: question, asked: { text, choices, multiple: multiSelect === true, allowText: true } }]
  })
}

/** Labels as Claude gave them, separated as it reads them; then what was said in own words. */
function renderAnswer({ choices }: AgentQuestion, answer: AgentAnswer): string {
  const labels = choices.filter(({ id }) => answer.choices.includes(id)).map(({ label }) => label)
  return [...labels, ...(answer.text === undefined ? [] : [answer.text])].join(', ')
}
