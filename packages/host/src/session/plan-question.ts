/** The question whether a plan may be carried out, and what an answer to it means. */
import type { AgentAnswer, AgentQuestion, PlanVerdict } from '../agents/agent.ts'

const CHOICES = [
  { id: 'yes', label: 'Yes, and ask before each change' },
  { id: 'edits', label: 'Yes, and accept edits' },
  { id: 'no', label: 'No, keep planning' },
] as const

export function planQuestion(plan: string): AgentQuestion {
  const text = `The agent has a plan, and asks whether to carry it out:\n${plan}`
  return { text, choices: CHOICES, multiple: false, allowText: true }
}

/** Anything but a clear yes keeps it planning. */
export function readVerdict(answer: AgentAnswer | undefined): PlanVerdict {
  if (answer === undefined)
    return { approved: false, feedback: 'Nobody has approved the plan. Stay in plan mode, and say what you would do.' }
  const [choice] = answer.choices
  if (choice === 'yes') return { approved: true, mode: 'default' }
  if (choice === 'edits') return { approved: true, mode: 'acceptEdits' }
  return { approved: false, feedback: answer.text ?? 'The plan was not approved: keep planning.' }
}
