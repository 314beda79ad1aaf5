/** With which options Claude is started; what each keeps away is said beside it. */
import type { AgentContext, AgentOptions } from '../agent.ts'
import { renderInstructions } from '../instructions.ts'
import type { QueryOptions } from './sdk-types.ts'

/** They start turns of their own later, which came from no chat. */
export const DISALLOWED: readonly string[] = [
  'CronCreate',
  'CronDelete',
  'CronList',
  'ScheduleWakeup',
  'Monitor',
  'Workflow',
]

/** A person may be asked for as long as the host waits for one. */
const LONGEST_S = 24 * 60 * 60

export const CLAUDE_ENV: Readonly<Record<string, string>> = {
  // What runs on after a turn would come back as a turn of nobody.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  MCP_TOOL_TIMEOUT: String(LONGEST_S * 1000),
  DISABLE_AUTOUPDATER: '1',
}

type Fixed = Pick<
  QueryOptions,
  | 'cwd'
  | 'env'
  | 'model'
  | 'resume'
  | 'permissionMode'
  | 'allowDangerouslySkipPermissions'
  | 'settingSources'
  | 'settings'
  | 'strictMcpConfig'
  | 'disallowedTools'
  | 'systemPrompt'
  | 'promptSuggestions'
>

export const HOOK_TIMEOUT_S: number = LONGEST_S

export function claudeOptions({
  cwd,
  options,
  instructions,
}: Pick<AgentContext, 'cwd' | 'options' | 'instructions'>): Fixed {
  return {
    cwd,
    env: { ...options.env, ...CLAUDE_ENV },
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    ...modeOptions(options),
    settingSources: options.settingSources,
    // In mode plan a classifier would decide in the place of whoever is asked.
    settings: { useAutoModeDuringPlan: false },
    // Without it, Claude would start the servers of the project's .mcp.json a second time: two would poll one account.
    strictMcpConfig: true,
    disallowedTools: [...DISALLOWED],
    systemPrompt: { type: 'preset', preset: 'claude_code', append: renderInstructions(instructions()) },
    promptSuggestions: false,
  }
}

/** Claude refuses bypassPermissions to root; the host's rules, asked before every call, are what decides anyway. */
function modeOptions({
  permissionMode,
}: AgentOptions): Pick<Fixed, 'permissionMode' | 'allowDangerouslySkipPermissions'> {
  if (permissionMode !== 'bypassPermissions') return { permissionMode }
  if (process.getuid?.() === 0) return { permissionMode: 'default' }
  return { permissionMode, allowDangerouslySkipPermissions: true }
}
