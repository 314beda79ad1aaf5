/** The narrowest rules that would have allowed a call: what "allow for this session" stands for. */
import { matchesCommand } from './command-pattern.ts'
import { type DecisionContext, decide } from './decide.ts'
import { readRequest, type ToolRequest } from './request.ts'
import { parseRule } from './rules.ts'

/**
 * Rules without a wildcard for a call that asks; tried before they are offered.
 * @returns `undefined` where no rule allows such a call: a line of more than plain commands, an `ask` rule, a reply with files
 */
export function suggestRules(request: ToolRequest, context: DecisionContext): readonly string[] | undefined {
  try {
    const texts = propose(request, context)
    if (!texts) return undefined
    const added = texts.map((text) => parseRule(text, { from: 'this session' }))
    const rules = { ...context.rules, allow: [...context.rules.allow, ...added] }
    return decide(request, { ...context, rules }).behavior === 'allow' ? texts : undefined
  } catch {
    return undefined
  }
}

function propose(request: ToolRequest, context: DecisionContext): readonly string[] | undefined {
  const about = readRequest(request, context)
  if (request.channel) return [request.name]
  // A rule for a folder would cover everything below it.
  if (request.name === 'LS') return undefined
  if (about.kind === 'path') return [`${about.access === 'read' ? 'Read' : 'Edit'}(/${exactly(about.place.real)})`]
  if (about.kind !== 'command' || !about.shell.plain) return undefined
  const isNew = (words: readonly string[]) =>
    !context.rules.allow.some(
      ({ subject }) =>
        subject.kind === 'command' && subject.pattern && matchesCommand(subject.pattern, words, { byProgram: false }),
    )
  const rules = about.shell.plain
    .filter(({ words }) => isNew(words))
    .map(({ words }) => `Bash(${words.map(quoteWord).join(' ')})`)
  return [...new Set(rules)]
}

/** A name with a wildcard in it can't be told from a pattern: such a rule would be wider than the call. */
function exactly(path: string): string {
  if (/[*?]/.test(path)) throw new RangeError('a path with a wildcard in it')
  return path
}

function quoteWord(word: string): string {
  if (/^[\w./:@%+=,~-]+$/.test(word)) return word
  return word
    .split("'")
    .map((part) => `'${part}'`)
    .join(`"'"`)
}
