/**
 * Whether a tool call runs, asks or is refused. The order: protected state, deny rules, plan mode, ask rules, bypass, allow
 * rules, what needs no approval by itself; everything else asks.
 */
import type { QueuedEvent } from '../channels/queue.ts'
import { quote } from '../text/quote.ts'
import { permits, permitsCommand, restricts } from './match.ts'
import type { PermissionMode } from './modes.ts'
import { findOperatorCommand } from './operator-commands.ts'
import { checkOwnReply } from './own-reply.ts'
import { isInward } from './own-tools.ts'
import type { Place } from './paths.ts'
import { isProtected, isReceived } from './protected-state.ts'
import {
  findProtectedArgument,
  isInProject,
  isSensitive,
  mayAttach,
  readRequest,
  type Subject,
  type Surface,
  type ToolRequest,
} from './request.ts'
import type { PermissionRules, Rule } from './rules.ts'
import { findProtected, namedPaths, reachesProtected } from './shell-paths.ts'
import { changesWhatFollows, foldersEntered, wholeFolders } from './shell-scan.ts'

export type Behavior = 'allow' | 'ask' | 'deny'

/** What decided where nobody was asked. */
export type DecidedBy =
  /** Closed to the agent in every mode. */
  | { readonly kind: 'protected' }
  | { readonly kind: 'rule'; readonly rules: readonly Pick<Rule, 'text' | 'from'>[] }
  | { readonly kind: 'mode'; readonly mode: PermissionMode }
  | { readonly kind: 'default' }

export interface Decision {
  readonly behavior: Behavior
  /** What allows, denies, or makes it ask. */
  readonly by: DecidedBy
  /** For people. To ask: what "needs an approval". To deny: why. */
  readonly because: string
  /** The rule that decided, as written. */
  readonly rule?: string
  /** Of a tool that touches a file: the one that was judged, so that no other takes its place before the tool opens it. */
  readonly place?: Place
}

/** What decides beside the call itself; all of it is fixed for a session but `mode` and `events`. */
export interface DecisionContext extends Surface {
  readonly mode: PermissionMode
  readonly rules: PermissionRules
  /** Of the turn: what it was caused by. Empty for a prompt of the operator. */
  readonly events: readonly QueuedEvent[]
}

/** Looks at the file system to see where paths lead, changes nothing, and never throws. */
export function decide(request: ToolRequest, given: DecisionContext): Decision {
  const context = { ...given, known: new Map<string, string>() }
  const about = readRequest(request, context)
  const decision = judge(request, about, context)
  return about.kind === 'path' ? { ...decision, place: about.place } : decision
}

function judge(request: ToolRequest, about: Subject, context: DecisionContext): Decision {
  if (about.kind === 'command' && about.shell.isTooLong)
    return deny('the command is too long to be looked through. Put it into a script, and run that.', DEFAULT)
  return (
    checkProtected(request, about, context) ??
    checkDenied(request, about, context) ??
    checkPlan(request, about, context) ??
    checkAsked(request, about, context) ??
    (context.mode === 'bypassPermissions' ? allow('nothing asks in this mode', byMode(context)) : undefined) ??
    checkAllowed(request, about, context) ??
    checkDefaults(request, about, context)
  )
}

function checkProtected(request: ToolRequest, about: Subject, context: DecisionContext): Decision | undefined {
  const spoken =
    about.kind === 'command'
      ? findOperatorCommand(about.shell, about.paths, context.protectedState.programs)
      : undefined
  if (spoken !== undefined)
    return deny(
      `${quote(spoken)} is for the operator alone, who types it in a terminal, or /NAME:access, /NAME:configure and /plugin in the session.`,
      { kind: 'protected' },
    )
  const found = findProtectedIn(request, about, context)
  if (found === undefined) return undefined
  return deny(
    `${quote(found)} is closed to the agent in every mode, like all settings, policy files and channel state.`,
    { kind: 'protected' },
  )
}

function findProtectedIn(request: ToolRequest, about: Subject, context: DecisionContext): string | undefined {
  switch (about.kind) {
    case 'path':
      if (about.access === 'read' && isReceived(about.place, context.protectedState)) return undefined
      return isProtected(about.place, context.protectedState) ? about.path : undefined
    case 'command':
      return findProtected(about.paths, context.protectedState) ?? findWholeFolder(about, context)
    case 'other':
      return findProtectedArgument(request, context)
  }
}

/** A copy of the folder above would be as good as the closed one in it. */
function findWholeFolder(
  { shell }: Extract<Subject, { kind: 'command' }>,
  context: DecisionContext,
): string | undefined {
  const { protectedState } = context
  const named = shell.commands.flatMap(({ words }) => wholeFolders(words))
  const paths = namedPaths(named, foldersEntered(shell), protectedState, context)
  return paths.find((path) => reachesProtected([path], protectedState, context))?.text
}

function checkDenied(request: ToolRequest, about: Subject, context: DecisionContext): Decision | undefined {
  const rule = context.rules.deny.find((candidate) => restricts(candidate, request, about, context) === 'yes')
  return rule && { ...deny(`the rule ${quote(rule.text)} (${rule.from}) denies it.`, byRules([rule])), rule: rule.text }
}

function checkPlan(request: ToolRequest, about: Subject, context: DecisionContext): Decision | undefined {
  if (context.mode !== 'plan' || (about.kind === 'path' && about.access === 'read')) return undefined
  if (isTouchless(request)) return undefined
  if (request.channel && replyProblem(request, context) === undefined) return undefined
  return deny('plan mode only reads: nothing is written or run.', byMode(context))
}

function checkAsked(request: ToolRequest, about: Subject, context: DecisionContext): Decision | undefined {
  const asks = context.rules.ask.find((rule) => restricts(rule, request, about, context) !== 'no')
  const rule = asks ?? context.rules.deny.find((candidate) => restricts(candidate, request, about, context) === 'maybe')
  return (
    rule && {
      ...ask(`${describe(request, about)}, by the rule ${quote(rule.text)} (${rule.from}),`, byRules([rule])),
      rule: rule.text,
    }
  )
}

function checkAllowed(request: ToolRequest, about: Subject, context: DecisionContext): Decision | undefined {
  const { allow: rules } = context.rules
  if (about.kind === 'command') return checkCommands(about, rules, context)
  const rule = rules.find((candidate) => permits(candidate, request, about, context))
  return rule && allowedBy([rule])
}

/** Each command of the line needs a rule; a line that is more than plain commands asks, whatever the rules say. */
function checkCommands(
  { shell }: Extract<Subject, { kind: 'command' }>,
  rules: readonly Rule[],
  context: DecisionContext,
): Decision | undefined {
  if (!shell.plain) return undefined
  if (shell.plain.length > 1 && shell.plain.some(({ words }) => changesWhatFollows(words))) return undefined
  const used: Rule[] = []
  for (const command of shell.plain) {
    const rule = rules.find((candidate) => permitsCommand(candidate, command, context))
    if (!rule) return undefined
    used.push(rule)
  }
  return allowedBy(used)
}

function checkDefaults(request: ToolRequest, about: Subject, context: DecisionContext): Decision {
  if (about.kind === 'path') {
    const { access, place } = about
    const isFree = isInProject(place, context) && !isSensitive(place, access, context)
    if (access === 'read' && isFree) return allow('reading inside the project needs no approval')
    if (access === 'read' && isReceived(place, context.protectedState))
      return allow('reading a file that came through a channel needs no approval')
    if (access === 'write' && isFree && context.mode === 'acceptEdits')
      return allow('edits inside the project are accepted', byMode(context))
  }
  if (isTouchless(request)) return allow('it touches nothing outside of the conversation')
  if (request.channel) {
    const problem = replyProblem(request, context)
    return problem === undefined
      ? allow('a reply to the chat of the turn needs no approval')
      : { behavior: 'ask', because: problem, by: DEFAULT }
  }
  return ask(`${describe(request, about)}${explain(about, context)}`)
}

function isTouchless({ name, channel }: ToolRequest): boolean {
  return !channel && isInward(name)
}

function replyProblem(request: ToolRequest, context: DecisionContext): string | undefined {
  const { name, channel, input } = request
  if (!channel) return `${name} needs an approval`
  return checkOwnReply({ name, ...channel }, input, context.events, (file) => mayAttach(file, context))
}

function describe({ name, input }: ToolRequest, about: Subject): string {
  if (about.kind === 'path') return `${about.access === 'read' ? 'reading' : 'writing'} ${quote(about.path)}`
  if (about.kind === 'command') return `running ${quote(String(input['command'] ?? ''))}`
  return name
}

/** Of what asks, why: a clause between commas, or nothing where it always asks. */
function explain(about: Subject, context: DecisionContext): string {
  if (about.kind === 'command') {
    if (about.shell.obstacle !== undefined) return ` (${about.shell.obstacle})`
    const { plain = [] } = about.shell
    return plain.length > 1 && plain.some(({ words }) => changesWhatFollows(words))
      ? ' (its first commands change what the others do)'
      : ''
  }
  if (about.kind !== 'path') return ''
  if (!isInProject(about.place, context)) return ', which lies outside the project,'
  if (!isSensitive(about.place, about.access, context)) return ''
  return isSensitive(about.place, 'read', context) ? ', which looks like a secret,' : ', which something may run later,'
}

const DEFAULT: DecidedBy = { kind: 'default' }

function byMode({ mode }: DecisionContext): DecidedBy {
  return { kind: 'mode', mode }
}

function byRules(rules: readonly Rule[]): DecidedBy {
  return { kind: 'rule', rules: rules.map(({ text, from }) => ({ text, from })) }
}

function allow(because: string, by = DEFAULT): Decision {
  return { behavior: 'allow', because, by }
}

function allowedBy(rules: readonly Rule[]): Decision {
  const used = [...new Set(rules)]
  const texts = [...new Set(used.map(({ text }) => text))]
  return { ...allow(`allowed by ${texts.join(' and ')}`, byRules(used)), rule: texts.join(', ') }
}

function ask(what: string, by = DEFAULT): Decision {
  return { behavior: 'ask', because: `${what} needs an approval`, by }
}

function deny(because: string, by: DecidedBy): Decision {
  return { behavior: 'deny', because, by }
}
