/** The hooks of a plugin as Claude Code takes them. This host runs none; it says where they are wrong. */
import type { JsonField } from '../../json/field.ts'

/** What each type of hook must have beside `type`. */
const TYPES = { command: 'command', prompt: 'prompt', agent: 'prompt', http: 'url', mcp_tool: 'tool' } as const
type HookType = keyof typeof TYPES

export const HOOK_EVENTS: readonly string[] = [
  ...['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch', 'Notification', 'UserPromptSubmit'],
  ...['UserPromptExpansion', 'SessionStart', 'SessionEnd', 'Stop', 'StopFailure', 'SubagentStart', 'SubagentStop'],
  ...['PreCompact', 'PostCompact', 'PermissionRequest', 'PermissionDenied', 'Setup', 'TeammateIdle', 'TaskCreated'],
  ...['TaskCompleted', 'Elicitation', 'ElicitationResult', 'ConfigChange', 'WorktreeCreate', 'WorktreeRemove'],
  ...['InstructionsLoaded', 'CwdChanged', 'FileChanged'],
]

/**
 * Each check is one call of `attempt`, so that one mistake doesn't hide the next.
 * @param hooks the object of events
 */
export function checkHooks(hooks: JsonField, attempt: (check: () => void) => void): void {
  for (const event of Object.keys(hooks.record('an object of hooks by event')))
    attempt(() => {
      for (const matcher of hooks.member(event).items('a list of matchers'))
        attempt(() => checkMatcher(matcher, attempt))
    })
}

function checkMatcher(matcher: JsonField, attempt: (check: () => void) => void): void {
  matcher.record('an object with "hooks"')
  if (matcher.member('matcher').present) matcher.member('matcher').string()
  for (const hook of matcher.member('hooks').items('a list of hooks')) attempt(() => checkHook(hook))
}

function checkHook(hook: JsonField): void {
  hook.record('an object with "type"')
  const type = hook.member('type').oneOf(Object.keys(TYPES) as HookType[])
  const needed = hook.member(TYPES[type])
  if (needed.string().trim() === '') throw needed.refuse('a text that is not empty')
  const timeout = hook.member('timeout')
  if (timeout.present && !(typeof timeout.value === 'number' && timeout.value > 0))
    throw timeout.refuse('a number of seconds')
}
