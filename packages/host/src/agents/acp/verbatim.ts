/** Whether the Claude Code behind claude-agent-acp takes messages as they are: before 2.1.248 it ignores being told to. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { AgentContext } from '../agent.ts'

const FIRST = [2, 1, 248] as const
const LIMIT_MS = 10_000

/** The adapter's own is new enough; `CLAUDE_CODE_EXECUTABLE` names another. */
export async function isInertClaudeCode(
  env: Readonly<Record<string, string>>,
  report: AgentContext['report'],
): Promise<boolean> {
  const program = env['CLAUDE_CODE_EXECUTABLE']
  if (!program) return true
  const version = await readVersion(program, env)
  if (version !== undefined && isFrom(version, FIRST)) return true
  const what = version === undefined ? 'whose version is not known' : `version ${version.join('.')}`
  const text = `Claude Code at ${program} (${what}) would expand @file and /command in messages, so they are written in full width. From ${FIRST.join('.')} on it need not be.`
  report({ kind: 'notice', level: 'warning', text })
  return false
}

async function readVersion(program: string, env: Readonly<Record<string, string>>): Promise<number[] | undefined> {
  // A script is run as the adapter runs it.
  const [command, ...args] = /\.(?:m|c)?js$/.test(program) ? [process.execPath, program] : [program]
  if (command === undefined) return undefined
  try {
    const { stdout } = await promisify(execFile)(command, [...args, '--version'], {
      env: { ...env },
      timeout: LIMIT_MS,
    })
    return /(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number)
  } catch {
    return undefined
  }
}

function isFrom(version: readonly number[], first: readonly number[]): boolean {
  const at = first.findIndex((part, index) => part !== version[index])
  return at < 0 || (version[at] ?? 0) > (first[at] ?? 0)
}
