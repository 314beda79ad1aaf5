/**
 * Every call of a tool that Claude runs itself is judged by the host's rules first, in every mode; where they ask, or a rule of
 * Claude's own settings does, the host asks. A denial of either side stands (docs/agents.md).
 */
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { isRecord } from '@backchannel/protocol'
import type { AgentTurn } from '../agent.ts'
import { answerQuestions } from './questions.ts'
import type { CanUseTool, HookAnswer, ToolAnswer, ToolHook, ToolInput } from './sdk-types.ts'

export interface PermissionPorts {
  /** The turn that runs now. */
  turn(): AgentTurn | undefined
  /** Channel tools are judged when the host runs them. */
  isChannelTool(name: string): boolean
  /** Of Claude's process. */
  readonly env: Readonly<Record<string, string>>
}

export interface ClaudePermissions {
  readonly hook: ToolHook
  readonly canUseTool: CanUseTool
  /** A turn has ended: what was allowed in it is forgotten. */
  forget(): void
}

const NO_TURN = 'No turn of this session is running, so nothing may run.'
/** These end in a question of their own, which the host asks. */
const ASKING = new Set(['AskUserQuestion', 'ExitPlanMode'])

export function createPermissions({ turn, isChannelTool, env }: PermissionPorts): ClaudePermissions {
  /** Calls that the host's rules allow by themselves. */
  const allowed = new Set<string>()
  return {
    async hook({ tool_name: tool, tool_input: given, tool_use_id: id, permission_mode: mode }) {
      const input = isRecord(given) ? given : {}
      if (ASKING.has(tool)) return {}
      if (isChannelTool(tool)) return decide('allow', 'The host decides when it is called.')
      const current = turn()
      if (!current) return decide('deny', NO_TURN)
      if (mode === 'plan' && isPlanFile(tool, input, env)) return {}
      const { behavior, message } = current.judgeTool({ tool, input })
      if (behavior === 'allow') allowed.add(id)
      return decide(behavior, message)
    },
    async canUseTool(tool, input, { signal, toolUseID, decisionReasonType }) {
      const current = turn()
      if (!current) return deny(NO_TURN)
      try {
        if (tool === 'AskUserQuestion') return await answerQuestions(current, input, signal)
        if (tool === 'ExitPlanMode') return await approvePlan(current, input, signal)
        // The host allows it, and Claude asks all the same: its own rules want a person asked.
        const mustAsk = allowed.has(toolUseID) || decisionReasonType === 'rule'
        if (isChannelTool(tool) && !mustAsk) return { behavior: 'allow', updatedInput: input }
        const answer = await current.requestPermission({ tool, input, mustAsk }, signal)
        return answer.behavior === 'allow'
          ? { behavior: 'allow', updatedInput: answer.input }
          : { behavior: 'deny', message: answer.message }
      } catch {
        return deny('The turn has ended.')
      }
    },
    forget: () => allowed.clear(),
  }
}

/** In mode plan Claude writes its plan into a file of its own, of which the text is then shown; it decides about that one itself. */
export function isPlanFile(tool: string, { file_path: file }: ToolInput, env: PermissionPorts['env']): boolean {
  const folder = env['CLAUDE_CONFIG_DIR'] || join(env['HOME'] ?? '', '.claude')
  if (!['Write', 'Edit'].includes(tool) || typeof file !== 'string') return false
  return isAbsolute(file) && extname(file) === '.md' && dirname(resolve(file)) === join(folder, 'plans')
}

async function approvePlan(
  turn: AgentTurn,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const plan =
    typeof input['plan'] === 'string' && input['plan'].trim() !== ''
      ? input['plan']
      : 'The plan is in what it has said.'
  const verdict = await turn.approvePlan(plan, signal)
  if (!verdict.approved) return deny(verdict.feedback)
  return {
    behavior: 'allow',
    updatedInput: input,
    updatedPermissions: [{ type: 'setMode', mode: verdict.mode, destination: 'session' }],
  }
}

function decide(permissionDecision: 'allow' | 'ask' | 'deny', permissionDecisionReason: string): HookAnswer {
  return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason } }
}

function deny(message: string): ToolAnswer {
  return { behavior: 'deny', message }
}
