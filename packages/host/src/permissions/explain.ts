/** What the agent is told where a call does not run. */
import type { Outcome } from './broker-types.ts'

const WHY: Readonly<Record<string, string>> = {
  time: 'nobody answered in time',
  interrupt: 'the turn was interrupted',
  audit: 'the decision could not be recorded',
  'nobody-to-ask': 'nobody can be asked in this session',
  'nobody-left': 'the channel that could answer has gone',
  'session-ended': 'the session ends',
  'too-many': 'too many requests are open',
  'arguments-changed': 'its arguments were changed after the prompt',
  'arguments-unreadable': 'its arguments cannot be shown',
}

/** @param because what the rules said: a clause such as "Bash needs an approval" */
export function explainOutcome({ behavior, by, note, problem }: Outcome, because: string): string {
  const why = Object.hasOwn(WHY, by) ? WHY[by] : `${behavior === 'deny' ? 'denied' : behavior} by ${by}`
  const said = note === undefined ? '' : ` They said: ${note}`
  const more = problem === undefined ? '' : ` ${problem}`
  return `Not allowed: ${because}; ${why}.${said}${more}`
}
